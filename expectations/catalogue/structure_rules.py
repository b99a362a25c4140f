"""A: file and structure. A01–A07 are found by the readers, A08 over the file's totals. `kinds` are the readers' variants."""

from ..rule import EVERY_FORM, Rule

STRUCTURE: tuple[Rule, ...] = (
    Rule(
        id="A01",
        level=0,
        severity="error",
        scope="file",
        forms=EVERY_FORM,
        waiver="none",
        formula="文件能打开；按内容（zip/OLE2/文本）而不按扩展名判断类型 / the file opens; type by content, not by extension",
        message_zh="文件打不开：{kind}。请用 Excel 或 WPS 另存为 .xlsx 后重新报送。",
        message_en="The file cannot be opened: {kind}. Save it as .xlsx from Excel or WPS and send it again.",
        reason="改了扩展名的网页、加密或损坏的文件读不出数 / renamed web pages, encrypted or damaged files hold no readable figures",
        kinds={
            "empty_file": (
                "文件是空的（0 字节或只有空白）。请重新导出后报送。",
                "The file is empty. Export it again and send it.",
            ),
            "encrypted": (
                "文件设有打开密码。请取消密码后重新报送。",
                "The file is encrypted. Remove the password and send it again.",
            ),
            "unknown_type": (
                "文件内容不是表格（看来是 {seen}）。请报送 .xlsx、.xls、.csv 或 .json。",
                "The content is not a table (it looks like {seen}). Send .xlsx, .xls, .csv or .json.",
            ),
            "corrupt": (
                "文件已损坏，打不开（{reason}）。请重新导出后报送。",
                "The file is damaged ({reason}). Export it again and send it.",
            ),
            "macros": (
                "工作簿含有宏（{part}）。请另存为不含宏的 .xlsx 后重新报送。",
                "The workbook contains macros ({part}). Save it as .xlsx without macros.",
            ),
            "external_links": (
                "工作簿引用了其他文件（{part}）。请把公式粘贴为数值、断开链接后重新报送。",
                "The workbook links to other files ({part}). Paste values, break the links and send it again.",
            ),
            "entity": (
                "文件内含不允许的 DOCTYPE/ENTITY 声明（{part}）。请用 Excel 或 WPS 重新另存。",
                "The file declares a DOCTYPE or ENTITY ({part}), which is refused. Save it again from Excel or WPS.",
            ),
            "too_many_parts": (
                "文件内部件过多（{count}，上限 {limit}）。请另存为新的工作簿。",
                "The file has too many parts ({count}, limit {limit}). Save it as a new workbook.",
            ),
            "too_large": (
                "文件解开后过大（{bytes} 字节，上限 {limit}）。请删去多余的工作表和图片。",
                "The file is too large unpacked ({bytes} bytes, limit {limit}). Remove unneeded sheets and pictures.",
            ),
            "ratio": (
                "文件压缩比异常（{ratio}，上限 {limit}），拒绝读取。请另存为新的工作簿。",
                "The compression ratio is suspicious ({ratio}, limit {limit}). Save it as a new workbook.",
            ),
            "duplicate_part": (
                "文件内部有重名部件（{part}），内容不可信。请另存为新的工作簿。",
                "The file holds a part twice ({part}) and cannot be trusted. Save it as a new workbook.",
            ),
            "unsafe_part_name": (
                "文件内部件名称不安全（{part}）。请另存为新的工作簿。",
                "A part of the file has an unsafe name ({part}). Save it as a new workbook.",
            ),
            "nested_package": (
                "压缩包里还有压缩包（{part}）。请只打包一层。",
                "The package holds another package ({part}). Pack the files one level deep.",
            ),
            "no_table_inside": (
                "压缩包里没有表格文件（{seen}）。请放入 .xlsx、.xls、.csv 等表格。",
                "The package holds no table ({seen}). Put in .xlsx, .xls, .csv or other tables.",
            ),
            "part_missing": (
                "分报的文件不齐（应为 {expected} 份，实为 {got} 份：{part}）。请把全部文件打成一个 zip 后重新报送。",
                "Parts are missing ({got} of {expected}: {part}). Send all parts in one zip.",
            ),
            "bad_manifest": (
                "压缩包内的 manifest.json 有误（{reason}）。请更正后重新报送。",
                "manifest.json in the package is wrong ({reason}). Correct it and send the package again.",
            ),
            "bad_sidecar": (
                "随文件附来的 manifest.json 读不出（{reason}），不知道申报了什么。请更正后与文件一并重新报送。",
                "The manifest beside the file cannot be read ({reason}). Correct it and send both again.",
            ),
            "far_cell": (
                "单元格 {cell} 离表格太远。请删除表格以外的行、列后重新报送。",
                "Cell {cell} lies far outside the table. Delete rows and columns beyond the table and send it again.",
            ),
            "cell_twice": (
                "单元格 {cell} 在文件里有两个，看到的与读到的可能不同。请用 Excel 或 WPS 打开，核对后另存为新的工作簿再报送。",
                "The file holds cell {cell} twice: what you see may not be what is read. Open it, look at it, and save it as a new workbook.",
            ),
            "value_in_pieces": (
                "文件内部把单元格的数拆成几段存放（{part}：{cell}），看到的可能与读到的不同。请打开核对后另存为新的工作簿，再报送。",
                "The file stores a value in pieces ({part}: {cell}); what you see may not be what is read. Open it, look at it, and save it as "
                "a new workbook.",
            ),
            "too_many_cells": (
                "{at}单元格过多。请删除表格以外的行、列后重新报送。",
                "There are too many cells. Delete rows and columns beyond the table and send it again.",
            ),
            "formulas_only": (
                "单元格只有公式，没有计算结果。请在 Excel 或 WPS 中打开、重新计算并保存后报送，或粘贴为数值。",
                "The cells hold formulas without results. Open the file in Excel or WPS, calculate and save it, or paste values.",
            ),
            "no_sheet": (
                "工作簿没有可见的工作表。请取消隐藏后重新报送。",
                "The workbook has no visible sheet. Unhide it.",
            ),
            "reader_failed": (
                "文件读取失败（{reason}）。请另存为 .xlsx 后重新报送。",
                "Reading failed ({reason}). Save it as .xlsx and send it again.",
            ),
            "reader_died": (
                "文件使读取程序中止，只影响本文件。请另存为新的 .xlsx 后重新报送。",
                "The file made the reader abort; only this file is affected. Save it as a new .xlsx and send it again.",
            ),
            "too_slow": (
                "文件读取超时。请删去多余的工作表和空行后重新报送。",
                "Reading took too long. Remove unneeded sheets and empty rows and send it again.",
            ),
            "too_much_memory": (
                "文件读取所需内存超限。请删去多余的工作表、行、列后重新报送。",
                "Reading needs too much memory. Remove unneeded sheets, rows and columns and send it again.",
            ),
            "csv_quote": (
                "第 {row} 行起有未闭合的引号。请用表格软件重新导出 CSV。",
                "A quotation mark opened on line {row} is never closed. Export the CSV again.",
            ),
            "csv_uneven": (
                "这些行的列数与表头不同（应为 {expected} 列，实为 {got} 列）：第 {rows} 行。请检查多余的逗号（包括数字里的千分位逗号）后重新导出。",
                "Lines {rows} have {got} columns where the header has {expected}. Check for stray commas, also those inside numbers, and export again.",
            ),
            "csv_too_wide": (
                "列数过多。请删除表格以外的列后重新导出。",
                "There are too many columns. Delete those beyond the table.",
            ),
            "too_many_lines": (
                "行数超过 {limit}。请删去空行后重新导出。",
                "There are more than {limit} lines. Delete empty ones and export again.",
            ),
            "cell_too_long": (
                "{at}有一个单元格的文字过长（上限 {limit} 字节）。请删去后重新报送。",
                "{at}A cell holds an endless text (limit {limit} bytes). Remove it and send the file again.",
            ),
            "line_too_long": (
                "第 {row} 行过长。请用表格软件重新导出。",
                "Line {row} is too long. Export the file again.",
            ),
            "json_syntax": (
                "JSON 第 {row} 行有语法错误（{reason}）。请重新导出。",
                "JSON syntax error on line {row} ({reason}). Export it again.",
            ),
            "json_duplicate_key": (
                "JSON 中键「{key}」重复。请重新导出。",
                "The JSON has the key {key!r} twice. Export it again.",
            ),
            "json_nan": (
                "JSON 中有 NaN 或 Infinity，不是数。请留空后重新导出。",
                "The JSON contains NaN or Infinity. Leave such values out and export again.",
            ),
            "json_number": (
                "JSON 中的数「{value}…」位数过多或指数过大。请改正后重新导出。",
                "The JSON holds a number of impossible size ({value}…). Correct it and export again.",
            ),
            "json_depth": (
                "JSON 嵌套过深。应为一组对象。",
                "The JSON is nested too deeply; a list of objects is expected.",
            ),
            "json_shape": (
                'JSON 的结构不对（{reason}）。请写成一组对象，或 {{"meta": …, "rows": […]}}。',
                'The JSON has another shape ({reason}); it must be a list of objects or {{"meta": …, "rows": […]}}.',
            ),
        },
    ),
    Rule(
        id="A02",
        level=0,
        severity="error",
        scope="file",
        forms=EVERY_FORM,
        waiver="none",
        formula="文本严格解码：utf-8-sig → utf-8 → gb18030；不得出现 U+FFFD / text decodes strictly; no U+FFFD",
        message_zh="文字编码无法识别：{kind}。请另存为 UTF-8 或 GB18030 编码后重新报送。",
        message_en="The text encoding cannot be read: {kind}. Save it as UTF-8 or GB18030 and send it again.",
        reason="乱码会改变名称和代码 / mojibake changes names and codes",
        kinds={
            "undecodable": (
                "文字既不是 UTF-8 也不是 GB18030（字节 {offset} 处，可能是 {likely}）。请另存为 UTF-8 后重新报送。",
                "The text is neither UTF-8 nor GB18030 (at byte {offset}; perhaps {likely}). Save it as UTF-8.",
            ),
            "utf16": (
                "文件是 {likely} 编码。请另存为 UTF-8 或 GB18030 后重新报送。",
                "The file is encoded as {likely}. Save it as UTF-8 or GB18030 and send it again.",
            ),
            "control": (
                "第 {row} 行有控制字符（{code}），不是文字。请用表格软件重新导出。",
                "Line {row} holds the control character {code}. Export the file again from a spreadsheet program.",
            ),
            "reversed_text": (
                "{at}文字里有从右向左显示的控制符（{code}），屏幕上看到的与文件里存的不同。请清除该格，用键盘重新输入后报送。",
                "{at}The text holds a mark for writing from right to left ({code}): what is seen is not what is stored. "
                "Clear the cell, type it again and send the file.",
            ),
            "nul": (
                "文件在字节 {offset} 处含有空字符，不是文本。请重新导出。",
                "There is a NUL character at byte {offset}: this is not text. Export it again.",
            ),
            "replacement_character": (
                "第 {row} 行有乱码字符（U+FFFD 或半个字符），原字已丢失。请从原系统重新导出。",
                "Line {row} contains U+FFFD or half a character: the original character is lost. Export again from the source system.",
            ),
        },
    ),
    Rule(
        id="A03",
        level=0,
        severity="error",
        scope="file",
        forms=EVERY_FORM,
        waiver="none",
        formula="每张报表恰有一个表，必填列齐全，规范化后表头不重复；其他工作表只列出 / one table a form, all required columns, no "
        "duplicate header; other sheets are listed, not refused",
        message_zh="{at}表头不符合本报表（{kind}）。请用市局下发的模板。",
        message_en="{at}The header does not fit the form ({kind}). Use the bureau's template.",
        reason="列错位会把数记到别的指标上 / shifted columns put figures under another item",
        kinds={
            "no_table": (
                "没有找到本方案的任何报表（工作表：{sheets}；开头是「{begins}」）。请使用模板，不要改表头。",
                "No form of this programme was found (sheets: {sheets}; it begins with {begins!r}). "
                "Use the template and keep its header.",
            ),
            "hidden_table": (
                "可见的工作表（{sheets}）里没有本方案的报表；隐藏的工作表没有读：{hidden}。请取消隐藏后重新报送。",
                "No form of this programme stands on the visible sheets ({sheets}); hidden sheets were not read: {hidden}. Unhide them.",
            ),
            "half_a_header": (
                "第 {row} 行像是「{zh}」的表头（认出：{known}），但缺少：{missing}。请使用模板，不要改表头。",
                "Line {row} looks like the header of {form} (known: {known}) but lacks {missing_en}. Use the template.",
            ),
            "hidden_rows": (
                "{count} 行被隐藏或筛掉（第 {rows} 行），仍作为数据计入。不应上报的请删除。",
                "{count} rows are hidden or filtered out ({rows}) and still counted as data. Delete what is not to be reported.",
            ),
            "hidden_columns": (
                "{count} 列数字被隐藏（{columns}），仍作为数据计入。请取消隐藏，核对后再报送。",
                "{count} columns of figures are hidden ({columns_en}) and still counted as data. Unhide them and look them over.",
            ),
            "struck_rows": (
                "{count} 行被划了删除线（第 {rows} 行），仍作为数据计入。不应上报的请删除；应上报的请去掉删除线，"
                "或在任一行的上报说明中写明“A03”和原因。",
                "{count} rows are struck through ({rows}) and still counted as data. Delete what is not to be reported, lift the "
                "strike, or explain in 上报说明 of any row, naming A03.",
            ),
            "stored_zeros": (
                "{count} 个金额单元格是公式，存的结果为 0，系统无法复算（如 {cells}），而本表没有一个公式有非零结果：可能由不会计算公式的软件保存。"
                "请用表格软件打开、重新计算并保存；确为 0 的请填数字 0，或在任一行的上报说明中写明“A03”和原因。",
                "{count} amounts are formulas with a stored result of 0 that cannot be verified ({cells}), and no formula of the sheet has any "
                "other result: perhaps nobody calculated them. Recalculate and save; type 0 where it is 0, or explain in 上报说明 of any "
                "row, naming A03.",
            ),
            "faint_cells": (
                "{at}的数字 {value} 是白色字、字号极小或被条件格式隐去，表上看不见，仍按所存的数计入，共 {count} 格（{cells}）。"
                "请改用看得见的字色和字号，核对后重新报送；确认无误的请在任一行的上报说明中写明“A03”和原因。",
                "{at}The figure {value} is in white, too small or hidden by a conditional format, and still counted as it is stored; {count} cells ({cells}). Use "
                "a font that can be seen, check and send again, or explain in 上报说明 of any row, naming A03.",
            ),
            "note_differs": (
                "{at}{where}写着“{said}”，与标题、表头所写的（{first}）不同；数据按标题、表头读取。请核对后统一，重新报送；"
                "无误则在任一行的上报说明中写明“A03”和原因。",
                "{at}“{said}” stands {where_en}, title and header say {first}; the data were read as title and header say. Make them "
                "agree and send again, or explain in 上报说明 of any row, naming A03.",
            ),
            "not_counted": (
                "{at}{where}写着“{said}”：有关各行不像是要上报的数据，仍作为数据计入。不应上报的请删除后重新报送；"
                "应上报的请删去这句话，或在任一行的上报说明中写明“A03”和原因。",
                "{at}“{said}” stands {where_en}: the rows it speaks of seem not to be meant, and are still counted as data. Delete what is "
                "not to be reported and send again; else delete these words, or explain in 上报说明 of any row, naming A03.",
            ),
            "expected_figures": (
                "{at}写着“{said}”：所报的像是预计数。请报送实际完成数；确是实际数的请改正标题或表头，"
                "或在任一行的上报说明中写明“A03”和原因。",
                "{at}It says “{said}”: the figures seem to be expected ones. Report what was done; correct title or header where it was, or "
                "explain in 上报说明 of any row, naming A03.",
            ),
            "other_figures": (
                "{at}写着“{said}”：说的像是另一种数或另一个月的数（如当月数、上年数、计划数、增量），不是本栏应报的数；数据仍按表头读取。请核对："
                "数不对的请改报应报的数，数没有错的请改正这些字，或在任一行的上报说明中写明“A03”和原因。",
                "{at}It says “{said}”, which seems to be a figure of another kind or month (the month's, last year's, a plan's, an increase) than the "
                "column is for; the data were read as the header says. Report the right figures, or correct these words where the figures are "
                "right, or explain in 上报说明 of any row, naming A03.",
            ),
            "comment_corrects": (
                "{at}填的是 {value}，批注却写着“{said}”。批注不作为数据读取，计入的是单元格中的数；这样的批注共 {count} 处。"
                "请把更正后的数填进单元格重新报送；批注与数字无关的请删去，或在任一行的上报说明中写明“A03”和原因。",
                "{at}The cell holds {value}, its comment says “{said}”. Comments are not read as data, the figure of the cell counts; {count} "
                "such comments. Type the corrected figure into the cell and send again; delete the comment where it is about something "
                "else, or explain in 上报说明 of any row, naming A03.",
            ),
            "missing_column": (
                "{at}缺少必填列「{zh}」。请补上该列后重新报送。",
                "The required column {zh} ({field}) is missing. Add it and send the file again.",
            ),
            "duplicate_header": (
                "{at}表头「{header}」出现多次（{cells}）。请只保留一列。",
                "The header {header} occurs more than once ({cells}). Keep one column.",
            ),
            "ambiguous_header": (
                "{at}表头「{header}」可以指不同的列（{fields}）。请写全称。",
                "The header {header} may mean several columns ({fields}). Write it in full.",
            ),
            "unknown_column": (
                "{at}列「{header}」不属于本报表。请删除该列，或改为模板的列名。",
                "The column {header} does not belong to the form. Delete it or use the template's name.",
            ),
            "own_column": (
                "{at}列「{header}」不属于本报表，按自用说明略过，不影响审核。",
                "{at}The column {header} does not belong to the form; it was passed over as a note of your own.",
            ),
            "sheet_a_month": (
                "工作簿按月分表（{sheets}），分不清报的是哪个月。请只保留要报的那一张后重新报送。",
                "The workbook has a sheet a month ({sheets}); nothing says which one is meant. Keep the one to be reported.",
            ),
            "sheet_a_unit": (
                "工作簿按单位分表（{sheets}），一份文件只能报一个单位，哪一张都没有采用。请每个单位各存一份文件，分别报送。",
                "The workbook has a sheet a unit ({sheets}); a file is of one unit, and none of them was taken. Send a file for each unit.",
            ),
            "two_tables": (
                "同一张报表出现在多个工作表（{sheets}）。请合并为一个。",
                "The same form stands on several sheets ({sheets}). Put it on one.",
            ),
            "side_by_side": (
                "{cells} 处又有一张表与本表并排。请把并排的表上下接排成一张表。",
                "A second table stands beside the first ({cells}). Put its rows below the first table.",
            ),
            "same_rows_twice": (
                "压缩包里几个文件有相同的行（{value}；{sheets}）。请只放各分报一份。",
                "Files of the package hold the same row ({value}; {sheets}). Put in each part once.",
            ),
            "declared_form_absent": (
                "随附说明写的报表是 {form}，文件里却是 {found}。请核对是否附错文件。",
                "The form declared is {form}, but the file holds {found}. Check whether it is the right file.",
            ),
            "second_header": (
                "{at}数据中间又出现一行表头。请只保留一个表头。",
                "{at}A second header row stands inside the data. Keep one header.",
            ),
            "second_title": (
                "{at}表内又有一个标题，写的是「{second}」，与本表的「{first}」不同，其下各行不能计入本表。请另存为一张工作表或一份文件，分别报送。",
                "{at}A second title inside the table names {second}, the table itself {first}: the rows below it are not the table's. "
                "Put them on a sheet or into a file of their own.",
            ),
            "table_above": (
                "{at}「{zh}」上方还有一张「{other_zh}」，同一工作表只读一张表。请把两张表放在两个工作表后重新报送。",
                "{at}The table of {other} stands above that of {form}; one table of a sheet is read. Put them on two sheets.",
            ),
            "rows_elsewhere": (
                "{at}起像是工作表「{read}」的续行，但没有表头，没有读入。请接在该表之下；不应上报的请删除这张工作表。",
                "{at}Without a header, the rows from here on look like further rows of sheet {read}; they were not read. Put them below that table, "
                "or delete the sheet.",
            ),
        },
    ),
    Rule(
        id="A04",
        level=0,
        severity="error",
        scope="file",
        forms=EVERY_FORM,
        waiver="none",
        formula="计量单位可由标题、表头或随附说明确定，且互不矛盾 / the unit of amount is stated and consistent",
        message_zh="{at}计量单位有问题（{kind}）。请在标题注明“单位：万元”。",
        message_en="{at}The unit of amount is in doubt ({kind}). State it in the title.",
        reason="万元与亿元相差一万倍 / 万元 and 亿元 differ by a factor of ten thousand",
        kinds={
            "unresolved": (
                "没有写明计量单位。请在标题或表头注明（可用：{allowed}）。",
                "The unit of amount is not stated. State it in the title or header (allowed: {allowed}).",
            ),
            "not_allowed": (
                "{at}计量单位「{unit}」不可用（可用：{allowed}）。请换算后重新报送。",
                "{at}The unit of amount {unit} is not allowed (allowed: {allowed}). Convert the figures.",
            ),
            "contradiction": (
                "计量单位互相矛盾：{first_source}写「{first}」，{second_source}写「{second}」。请核对后统一。",
                "The units of amount contradict each other: {first_source} says {first}, {second_source} says {second}.",
            ),
            "cell_unit_differs": (
                "{at}所带的计量单位与标题或表头不同（「{value}」，共 {count} 格），已按单元格所写换算。请核对；无误则在任一行的上报说明中写明“A04”和原因。",
                "{at}Cells carry another unit of amount than title or header ({value}; {count} cells) and were read as they say. "
                "Check them, or explain in 上报说明 of any row, naming A04.",
            ),
            "scale_word": (
                "{at}在万元为单位的表里写了「{value}」（共 {count} 格），已按万元读取；若是指多少万个“万元”，数差一万倍。"
                "请核对后只填数字；无误则在任一行的上报说明中写明“A04”和原因。",
                "{at}A table in 万元 holds {value} ({count} cells), read as 万元; should it mean so many 万 of 万元, the figure is wrong by "
                "ten thousand. Check it and write digits alone, or explain in 上报说明 of any row, naming A04.",
            ),
            "display_scaled": (
                "{at}数字格式只显示所存数的千分之一或万分之一（存的是 {value}），看到的与报来的不同，共 {count} 格。"
                "请把数值本身换算成标题所写的单位，并改用普通数字格式。",
                "{at}The number format shows a thousandth or ten-thousandth of what is stored ({value}; {count} cells). "
                "Convert the figures themselves and use a plain number format.",
            ),
            "display_disguised": (
                "{at}数字格式不显示所存的数，或在其前后添上不属于它的数字（存的是 {value}），看到的与报来的不同，共 {count} 格。"
                "请改用普通数字格式，核对后重新报送。",
                "{at}The number format shows nothing of what is stored, or digits that are none of its own ({value} is stored; "
                "{count} cells). Use a plain number format, check the figures and send the file again.",
            ),
            "display_unit": (
                "{at}数字格式写出的「{unit}」与标题或表头所写的计量单位不同（存的是 {value}），共 {count} 格。"
                "请把数值本身换算成标题所写的单位，并改用普通数字格式。",
                "{at}The number format writes {unit}, another unit than title or header say ({value} is stored; {count} cells). "
                "Convert the figures themselves and use a plain number format.",
            ),
            "percent_differs": (
                "{at}增速读作 {value} %，与本行的本年数和上年数（增长 {expected} %）相差一百倍。请核对百分号和数字格式，"
                "或在任一行的上报说明中写明“A04”和原因。",
                "{at}The growth was read as {value} %; the row's own figures say {expected} %, a hundred times as much or as little. "
                "Check percent sign and number format, or explain in 上报说明 of any row, naming A04.",
            ),
            "measure_mismatch": (
                "{at}计量单位应为「{expected}」，实为「{got}」。请改正。",
                "{at}The unit of measure should be {expected} but is {got}.",
            ),
        },
    ),
    Rule(
        id="A05",
        level=0,
        severity="error",
        scope="file",
        forms=EVERY_FORM,
        waiver="none",
        formula="标题/随附说明/行内的报告期一致，且在报送日历中 / stated periods agree and stand in the calendar",
        message_zh="{at}报告期有问题（{kind}）。请核对标题中的年月。",
        message_en="{at}The reporting period is in doubt ({kind}). Check year and month in the title.",
        reason="报错月份会覆盖别的月份 / a wrong month would replace another month's figures",
        kinds={
            "unresolved": (
                "看不出是哪一期的报表。请在标题写明，如“{example}”。",
                "The period is not stated. Write it in the title, for example {example}.",
            ),
            "contradiction": (
                "报告期互相矛盾：{first_source}为 {first}，{second_source}为 {second}。请核对是否报错了月份。",
                "The periods contradict each other: {first_source} says {first}, {second_source} says {second}.",
            ),
            "year_differs": (
                "报告期的年份不一致：{first_source}为 {first}，{second_source}为 {second}。请核对年份（是否沿用了上年的表）。",
                "The years of the period differ: {first_source} says {first}, {second_source} says {second}. Check the year.",
            ),
            "not_a_period": (
                "「{value}」不是报告期。请写成 {spelling}。",
                "{value!r} is not a period. Write it like {spelling}.",
            ),
            "not_in_calendar": (
                "{period} 不在报送日历中（如 1 月免报）。请核对报告期。",
                "{period} is not in the reporting calendar (January, for one, is not reported). Check the period.",
            ),
            "rows_differ": (
                "各行的报告期不一致（{values}）。一张报表只报一个月。",
                "The rows name different periods ({values}). A return is about one month.",
            ),
        },
    ),
    Rule(
        id="A06",
        level=0,
        severity="error",
        scope="file",
        forms=EVERY_FORM,
        waiver="none",
        formula="标题/行内单位 = 报送单位 / the unit named in title and rows is the sender",
        message_zh="{at}报送单位有问题（{kind}）。请核对标题中的单位。",
        message_en="{at}The reporting unit is in doubt ({kind}). Check the unit in the title.",
        reason="误报邻县的表会冲掉本县的数 / a neighbour's sheet would replace the unit's own figures",
        kinds={
            "unresolved": (
                "看不出是哪个单位的报表。请在标题写明单位名称。",
                "The unit is not stated. Write its name in the title.",
            ),
            "unknown_unit": (
                "「{value}」不是本方案的报送单位。请核对单位名称或代码。",
                "{value!r} is not a unit of this programme. Check name or code.",
            ),
            "contradiction": (
                "单位互相矛盾：{first_source}为 {first}，{second_source}为 {second}。请核对是否误报了别县的表。",
                "The units contradict each other: {first_source} says {first}, {second_source} says {second}.",
            ),
            "rows_differ": (
                "行内单位与报送单位不一致（{values}）。请只报本单位的数据。",
                "Rows name other units ({values}). Send your own rows only.",
            ),
            "not_a_sender": (
                "本报表不由「{name}」报送（可报送的单位类别：{kinds}）。请核对报表，或由应报单位报送。",
                "This form is not sent by {value} (senders: {kinds}). Check the form, or let its sender send it.",
            ),
            "not_the_bureau": (
                "本报表只由市局报送，报送单位却是「{value}」。请改用本单位的报表。",
                "Only the bureau sends this form, and the sender is {value}. Use your own unit's form.",
            ),
        },
    ),
    Rule(
        id="A07",
        level=0,
        severity="error",
        scope="file",
        forms=EVERY_FORM,
        waiver="none",
        formula="数据行 ≥ 1，或声明零报送 / at least one data row, or an explicit nil return",
        message_zh="报表没有数据行。没有工作量也须报送：请填报数据，或注明“零报送”。",
        message_en="The form has no data row. Fill it in, or state 零报送 (nil return).",
        reason="空表与未报无法区分 / an empty form cannot be told from a missing one",
        kinds={
            "no_rows": (
                "报表没有数据行。没有工作量也须报送：请填报数据，或注明“零报送”。",
                "The form has no data row. Fill it in, or state 零报送 (nil return).",
            ),
            "formulas_only": (
                "报表没有数据行：单元格只有公式，没有计算结果。请重新计算并保存后报送，或粘贴为数值。",
                "The form has no data row: its cells hold formulas without results. Calculate and save it, or paste values.",
            ),
        },
    ),
    Rule(
        id="A08",
        level=1,
        severity="error",
        scope="file",
        forms=EVERY_FORM,
        needs="totals",
        formula="合计行 = Σ 数据行，|差| ≤ max(1, 0.5·n)；超过但 ≤ 合计的 0.1 % 为核实性；其中、小计行不加 / total row = sum of the data rows",
        message_zh="{place}合计为 {total} {unit}，{rows} 行数据之和为 {sum} {unit}，相差 {difference} {unit}。请核对是否漏行或改错合计。",
        message_en="{place}: the total is {total} {unit}, its {rows} rows sum to {sum} {unit}, a difference of {difference} {unit}. "
        "Check for lost rows or a wrong total.",
        reason="合计行能发现丢失的行 / a total row shows lost rows",
        kinds={
            "unread_total": (
                "{at}合计行有 {count} 格读不出（如「{value}」），未与各行核对。请只填数字；公式请重新计算并保存。",
                "{at}{count} cells of the total row cannot be read (such as {value!r}) and were not compared. Write figures alone; "
                "recalculate and save formulas.",
            ),
            "query": (
                "{place}合计为 {total} {unit}，{rows} 行数据之和为 {sum} {unit}，相差 {difference} {unit}（不超过 0.1 %）。"
                "请核对，或在任一行的上报说明中写明“A08”和原因。",
                "{place}: the total is {total} {unit}, its {rows} rows sum to {sum} {unit}, a difference of {difference} {unit} (within 0.1 %). "
                "Check it, or explain in 上报说明 of any row, naming A08.",
            ),
        },
    ),
)
