"""Owns one call of kosoku, which runs Autobahn's cases: its verdicts, in lines of JSON.

    python3 kosoku_cases.py base|big client URL     its client before a server
    python3 kosoku_cases.py base|big server         its server before a client, which is told the address
"""

import asyncio
import json
import os
import sys

from kosoku import FailureError, run_fuzzingclient, run_fuzzingserver

# Without those about compression (12, 13), which relink does not offer; the big ones (9) by themselves.
GROUPS = {"base": (None, ["9.*", "12.*", "13.*"]), "big": (["9.*"], None)}


def say(what, **more):
    print(json.dumps({"what": what, **more}), flush=True)


async def results(group, role, url=None):
    cases, excluded = GROUPS[group]
    try:
        if role == "client":
            return await run_fuzzingclient(url, cases, excluded)
        async with run_fuzzingserver(cases, excluded, host="127.0.0.1", port=0) as server:
            say("listening", port=server.port)
            return await server.get_result()
    except FailureError as failure:
        return failure.results


for case in asyncio.run(results(*sys.argv[1:])):
    say("case", case=case.case_id, verdicts=[case.behavior.value, case.behavior_close.value], why=[case.result, case.result_close])
say("done")
os._exit(0)  # its threads outlive the interpreter, which does not survive that
