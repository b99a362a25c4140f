"""verify.py of an edition: python verify.py [FOLDER]. The standard library alone.

Checks the SHA-256 of every file against manifest.json, the hash of the signed content, and recomputes from ranking.json what is
printed: growth, completion, pull, contribution, values, points, scores, deductions, places with their ties. A figure whose inputs
are not published is counted as such.
Ends with 0 where everything agrees, else 1. 核对本版全部文件的校验和，并仅凭 ranking.json 重算所列数字。
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, setcontext
from pathlib import Path
from typing import Any

setcontext(Context(prec=34))
D = Decimal
CLOSE = D("0.000000001")
wrong: list[str] = []
recomputed = unknown = 0


def number(value: Any) -> Any:
    return None if value is None else D(str(value))


def half_up(value: Any, places: int) -> Any:
    return value.quantize(D(1).scaleb(-places), ROUND_HALF_UP)


def compare(what: str, printed: Any, formula: Callable[..., Any], *inputs: Any) -> None:
    """The printed figure against the formula of its inputs, where all of them are published."""
    global recomputed, unknown
    if printed is None:
        return
    if any(one is None for one in inputs):
        unknown += 1
        return
    recomputed += 1
    if abs(number(printed) - formula(*inputs)) > CLOSE:
        wrong.append(f"{what}: {printed}, recomputed {formula(*inputs)}")


def places(what: str, keyed: dict[str, Any], printed: dict[str, int]) -> None:
    """Competition ranks 1, 2, 2, 4 of the units that have a place; keys ascend, equal keys share one."""
    global recomputed
    for name, key in keyed.items():
        recomputed += 1
        place = 1 + sum(other < key for other in keyed.values())
        if printed[name] != place:
            wrong.append(f"{what} {name}: {printed[name]}, recomputed {place}")


def points(x: Decimal, a: dict[str, str]) -> Any:
    """The efficacy function: lo 40, mid 80, hi 100, linear between, clipped."""
    lo, mid, hi = (D(a[key]) for key in ("lo", "mid", "hi"))
    raw = 40 + 40 * (x - lo) / (mid - lo) if x <= mid else 80 + 20 * (x - mid) / (hi - mid)
    return half_up(min(max(raw, D(40)), D(100)), 6)


def check_unit(u: Any, document: Any, city: Any) -> None:
    p, name = document["parameters"], u["name"]
    ytd, base, target = number(u["ytd"]), number(u["base"]), number(u["annual_target"])
    city_ytd, city_base, share = number(city["ytd"]), number(city["base"]), number(p["seasonal_share"])
    kappa, median, whole = number(p["kappa"]), number(p["median_base"]), number(p["city_growth"])
    compare(f"{name} growth", u["growth"], lambda c, b: c / b - 1, ytd, base)
    compare(f"{name} completion", u["schedule_completion"], lambda c, t, s: c / (t * s), ytd, target, share)
    compare(f"{name} pull", u["pull_pp"], lambda c, b, w: (c - b) / w * 100, ytd, base, city_base)
    of_city = (ytd, base, city_ytd, city_base)
    compare(f"{name} contribution", u["contribution"], lambda c, b, cc, cb: (c - b) / (cc - cb), *of_city)
    shrunk = (ytd, base, kappa, median, whole)
    compare(
        f"{name} shrunk growth",
        u["shrunk_growth"],
        lambda c, b, k, m, g: (c + k * m * (1 + g)) / (b + k * m) - 1,
        *shrunk,
    )
    if document["basis"] == "score":
        check_score(u, p, document["method"], (ytd, base, city_base, whole))


def check_score(u: Any, p: Any, method: str, levels: Any) -> None:
    name, indicators = u["name"], u["indicators"]
    rates = {"growth": u["shrunk_growth"], "schedule_completion": u["schedule_completion"]}
    for key, rate in rates.items():
        compare(f"{name} {key}", indicators[key]["value"], lambda x: half_up(x, 8), number(rate))
    excess = indicators["excess_pull"]["value"]
    compare(f"{name} pull", excess, lambda c, b, w, g: half_up(((c - b) / w - b / w * g) * 100, 8), *levels)
    for key, ratio in u["counts"].items():
        if ratio and D(ratio["denominator"]):
            compare(
                f"{name} {key}",
                indicators[key]["value"],
                lambda n, d: half_up(n / d, 8),
                D(ratio["numerator"]),
                D(ratio["denominator"]),
            )
    for anchor in p["anchors"] if method == "SAIMA-1" else ():
        scored, nothing = indicators[anchor["key"]], levels[0] == 0 and anchor["key"] in ("growth", "excess_pull")
        value = D(anchor["lo"]) if nothing else number(scored["value"])
        compare(f"{name} {anchor['key']} points", scored["points"], lambda x, a=anchor: points(x, a), value)
    late, queries = u["deductions"].get("late"), u["deductions"].get("unanswered_queries")
    by_share = half_up(D(p["queries_factor"]) * D(u["unanswered"]["share"] or 0), 6)
    each = D(p["queries_each"]) * u["unanswered"]["queries"]
    if u["score"] is not None:  # nothing is taken off a unit that has no score
        compare(f"{name} late", late, lambda n: min(D(p["late_cap"]), D(p["late_per_workday"]) * n), u["workdays_late"])
        compare(f"{name} queries", queries, lambda: min(D(p["queries_cap"]), max(by_share, each)))
    parts = [
        None if i["points"] is None else D(i["weight"]) * D(i["points"]) for i in indicators.values() if D(i["weight"])
    ]
    off = sum((D(x) for x in u["deductions"].values()), D(0))
    compare(f"{name} score", u["score"], lambda *x: half_up(sum(x, D(0)) / 100 - off, 2), *parts)


def check_places(units: Any, document: Any) -> None:
    levels = any(u["ytd"] is not None for u in units)
    exact = document["method"] == "growth_rank" or document.get("rank_by") is not None

    def rate(u: Any) -> Any:
        official, ytd, base = number(u["growth_official"]), number(u["ytd"]), number(u["base"])
        computed = ytd / base - 1 if ytd is not None and base else number(u["growth"])
        return -(official if official is not None else computed)

    def by_growth(u: Any) -> Any:
        return (rate(u) if exact else half_up(rate(u) * 100, 1),)

    def by_score(u: Any) -> Any:
        official = u["growth"] if u["growth_official"] is None else u["growth_official"]
        gain = None if u["ytd"] is None or u["base"] is None else D(u["ytd"]) - D(u["base"])
        values = [u["indicators"][key]["value"] for key in ("schedule_completion", "major_projects")]
        keys = [u["score"], values[0], official, gain, values[1]]
        return tuple((key is None, D(0) if key is None else -number(key)) for key in (keys if levels else keys[:1]))

    def placed(field: str, keyed: dict[str, Any], found: dict[str, Any]) -> None:
        """Where exact rates decided and rounded ones are published, their order is all there is to see."""
        global recomputed
        if levels or not exact:
            places(field.replace("_", " "), keyed, {code: u[field] for code, u in found.items()})
            return
        recomputed += len(keyed)
        ordered = [keyed[code] for code in sorted(found, key=lambda code: found[code][field])]
        if ordered != sorted(ordered):
            wrong.append(f"{field.replace('_', ' ')}: a lower rate stands before a higher one")

    score = document["basis"] == "score"
    ranked = {u["unit"]: u for u in units if u["rank"] is not None}
    if score and not levels:  # what breaks ties is not published: the order of the scores is all there is to see
        scores = [D(u["score"]) for u in sorted(ranked.values(), key=lambda u: u["rank"])]
        if scores != sorted(scores, reverse=True):
            wrong.append("rank: a lower score stands before a higher one")
    else:
        placed("rank", {code: by_score(u) if score else by_growth(u) for code, u in ranked.items()}, ranked)
    grown = {u["unit"]: u for u in units if u["growth_rank"] is not None}
    placed("growth_rank", {code: by_growth(u) for code, u in grown.items()}, grown)


UNSIGNED = (
    *("edition", "edition_number", "revision", "state", "drafted_at", "published_at"),
    *("signatures", "demonstration", "imprint", "content_hash"),
)


def check_content(document: Any, manifest: Any) -> None:
    """What was signed is what is published: the hash of all fields but those about signing and releasing. Where levels are not public
    the signed content holds them, and its hash cannot be recomputed from what is."""
    global recomputed, unknown
    if document["content_hash"] != manifest["content_hash"]:
        wrong.append("ranking.json is not the content that manifest.json says was signed")
    if not manifest["levels_published"]:
        unknown += 1
        return
    recomputed += 1
    signed = {key: value for key, value in document.items() if key not in UNSIGNED}
    text = json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if hashlib.sha256(text.encode()).hexdigest() != manifest["content_hash"]:
        wrong.append("content hash: ranking.json is not the content that was signed")


def main(folder: Path) -> int:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for name, entry in manifest["files"].items():
        file = folder / name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != entry["sha256"]:
            wrong.append(f"{name}: missing or changed")
    document = json.loads((folder / "ranking.json").read_text(encoding="utf-8"))
    check_content(document, manifest)
    for table in (document, *document.get("further", [])):
        about = {**document, **table}
        if "rank_by" in table:  # a further indicator: ranked by exact growth, with parameters of its own
            own = {"city_growth": table["city"]["growth"], "kappa": None, "median_base": None}
            about |= {"basis": "growth", "parameters": {**document["parameters"], **own}}
        city = about["city"]
        compare("the whole growth", city["growth"], lambda c, b: c / b - 1, number(city["ytd"]), number(city["base"]))
        for unit in about["units"]:
            check_unit(unit, about, city)
        check_places(about["units"], about)
    for line in wrong:
        sys.stdout.write(f"✗ {line}\n")
    sys.stdout.write(
        f"{manifest['edition']}: {len(manifest['files'])} files, {recomputed} figures recomputed, "
        f"{unknown} rest on unpublished figures, {len(wrong)} wrong / 个文件、重算、未公布依据、不符\n"
    )
    return 1 if wrong or not recomputed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent))
