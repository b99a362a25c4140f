"""Names of what is sent in place of a table, told from the first bytes: a clerk reads HEIC, not 'NUL at byte 4'."""

from __future__ import annotations

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF", "PDF"),
    (0, b"\x89PNG", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"8BPS", "PSD"),
    (0, b"\0\0\1\0", "ICO"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (8, b"WEBP", "WebP"),
    (0, b"Rar!\x1a\x07", "RAR"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\0", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "zstd"),
    (0, b"\x04\x22\x4d\x18", "lz4"),
    (0, b"\x1f\x9d", "compress"),
    (0, b"MSCF", "CAB"),
    (0, b"\x60\xea", "ARJ"),
    (2, b"-lh", "LZH"),
    (257, b"ustar", "tar"),
    (0x8001, b"CD001", "ISO 9660"),
    (0, b"PK\x05\x06", "ZIP"),
    (0, b"PK\x07\x08", "ZIP (分卷 / split)"),
    (0, b"{\\rtf", "RTF"),
    (0, b"ID;PWXL", "SYLK"),
    (0, b"ID;PCALC", "SYLK"),
    (0, b"TABLE\r\n0,1\r\n", "DIF"),
    (0, b"%!PS", "PostScript"),
    (0, b"AC10", "DWG"),
    (0, b"ITSF", "CHM"),
    (4, b"Standard Jet DB", "Microsoft Access (MDB)"),
    (4, b"Standard ACE DB", "Microsoft Access (ACCDB)"),
    (0, b"SQLite format 3", "SQLite"),
    (0, b"PAR1", "Parquet"),
    (0, b"ARROW1", "Arrow"),
    (0, b"Obj\x01", "Avro"),
    (0, b"ORC", "ORC"),
    (0, b"\x89HDF", "HDF5"),
    (0, b"\x93NUMPY", "NumPy"),
    (0, b"$FL2", "SPSS"),
    (0, b"$FL3", "SPSS"),
    (0, b"<stata_dta>", "Stata"),
    (0, b"L\0\0\0\x01\x14\x02\0", "快捷方式 / a shortcut (.lnk)"),
    (0, b"[InternetShortcut]", "网址 / a link (.url)"),
    (0, b"%TSD-Header", "加密软件加密的文件,请先解密 / a file encrypted by DLP software (TSD), decrypt it first"),
    (0, b"E-SafeNet", "加密软件加密的文件,请先解密 / a file encrypted by DLP software (E-SafeNet), decrypt it first"),
    (2, b"E-SafeNet", "加密软件加密的文件,请先解密 / a file encrypted by DLP software (E-SafeNet), decrypt it first"),
    (0, b"\x62\x14\x23\x65", "加密软件加密的文件,请先解密 / a file encrypted by DLP software, decrypt it first"),
    (0, b"-----BEGIN PGP", "PGP"),
    (0, b"\x78\x9f\x3e\x22", "winmail.dat,请取出其中的附件 / a winmail.dat of Outlook, take the attachment out of it"),
    (0, b"\0\0\x02\0\x06\x04", "Lotus 1-2-3"),
    (0, b"\0\0\x1a\0", "Lotus 1-2-3"),
    (0, b"MZ", "EXE"),
    (0, b"\x7fELF", "ELF"),
    (0, b"\xca\xfe\xba\xbe", "Java"),
    (0, b"ID3", "MP3"),
    (0, b"OggS", "Ogg"),
    (8, b"WAVE", "WAV"),
    (8, b"AVI ", "AVI"),
    (0, b"\x1a\x45\xdf\xa3", "MKV"),
)
_NEEDS_BINARY = frozenset(
    (b"MZ", b"BZh", b"ORC", b"ID3", b"AC10", b"PAR1", b"ARROW1", b"8BPS", b"ITSF", b"OggS", b"MSCF", b"-lh")
)
"""Letters a text may begin with: counted only where bytes of no text follow."""
_DBASE = (0x02, 0x03, 0x30, 0x31, 0x32, 0x43, 0x83, 0x8B, 0xF5)
_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF", b"msf1": "HEIF", b"avif": "AVIF"}


def seen_type(content: bytes) -> str:
    """What the bytes are, in words; "" for what may be a table or a text."""
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12], "MP4")
    if content[:2] == b"BM" and len(content) > 26 and _is_bitmap(content):
        return "BMP"
    if _is_dbase(content):
        return "dBase (DBF)，请用表格软件打开后另存为 .xlsx / open it in a spreadsheet and save it as .xlsx"
    for at, magic, seen in _MAGIC:
        if content.startswith(magic, at) and (magic not in _NEEDS_BINARY or _is_binary(content)):
            return seen
    return ""


def _is_dbase(content: bytes) -> bool:
    """A version, a date and a header of 32 bytes a field: old statistical systems export it."""
    if len(content) < 65 or content[0] not in _DBASE or not (1 <= content[2] <= 12 and 1 <= content[3] <= 31):
        return False
    header = int.from_bytes(content[8:10], "little")
    return header >= 65 and header % 32 in (0, 1, 8, 9) and content[12:15] == bytes(3)


def _is_bitmap(content: bytes) -> bool:
    """Reserved words of zero and a known size of header; a table that begins with BM has neither."""
    return content[6:10] == bytes(4) and int.from_bytes(content[14:18], "little") in (12, 40, 52, 56, 64, 108, 124)


def _is_binary(content: bytes) -> bool:
    return any(byte < 9 or 13 < byte < 27 for byte in content[:512])
