"""Owns the part with Autobahn's cases: kosoku's client before our server, its server before our client."""

import signal
from collections import Counter

from stage import HERE, Miss, must, running, server

TIMEOUT_S = 60
GROUPS = {"base": 247, "big": 54}
NAMES = {"base": "all but groups 9, 12 and 13", "big": "group 9, up to 16 MiB"}
VERDICTS = ("OK", "NON-STRICT", "INFORMATIONAL")


def kosoku(places, name, *args):
    command = ["timeout", "--kill-after=5", TIMEOUT_S, "python3", HERE / "kosoku_cases.py", *args]
    return running(places, name, command, farewell=signal.SIGTERM)


async def before_our_server(places, group):
    name = f"autobahn-server-{group}"
    async with server(places, "relink", f"{name}-relink") as (_, port):
        async with kosoku(places, name, group, "client", f"ws://127.0.0.1:{port}") as fuzzer:
            return await judged(fuzzer)


async def before_our_client(places, group):
    name = f"autobahn-client-{group}"
    async with kosoku(places, name, group, "server") as fuzzer:
        url = f"ws://127.0.0.1:{(await fuzzer.hears('listening'))['port']}"
        async with running(places, f"{name}-relink", places.command("relink", "cases", url, "relink")) as ours:
            ran = await ours.hears("ran", TIMEOUT_S)
            must(ran["cases"] == GROUPS[group], f"{ran['cases']} cases")
            return await judged(fuzzer)


async def judged(fuzzer):
    """The verdicts: the worse of a case's two, for what was said and for how it was closed."""
    await fuzzer.hears("done", TIMEOUT_S)
    return {line["case"]: verdict(line) for line in fuzzer.said if line["what"] == "case"}


def verdict(line):
    found = [name for name in reversed(VERDICTS) if name in line["verdicts"]]
    if set(line["verdicts"]) <= set(VERDICTS):
        return found[0], ""
    return "FAILED", f"{line['verdicts']}: {' '.join(line['why'])}"


async def play(places, before, group):
    """One row of the table."""
    verdicts = await before(places, group)
    must(len(verdicts) == GROUPS[group], f"{len(verdicts)} cases, not {GROUPS[group]}")
    failed = [f"{case} {why}" for case, (name, why) in verdicts.items() if name == "FAILED"]
    if failed:
        raise Miss("; ".join(failed))
    counts = Counter(name for name, _ in verdicts.values())
    lists = [f"{name}: {', '.join(case for case, (its, _) in verdicts.items() if its == name)}" for name in VERDICTS[1:] if counts[name]]
    return [*(str(counts[name]) for name in VERDICTS), "0", "; ".join(lists)]


PLAYS = {
    f"{side}, {NAMES[group]}": (before, group)
    for side, before in (("our server", before_our_server), ("our client", before_our_client))
    for group in GROUPS
}
