"""Google's client, with nothing of ours in its way, against a server on this machine: `google_ads_client.py FOLDER`.

The folder holds `key.pem` and `certificate.pem` for `localhost`. gRPC reads which certificates it trusts once in a
process, from `GRPC_DEFAULT_SSL_ROOTS_FILE_PATH`: so this is a process of its own. Says what came of it in JSON.
"""

import json
import sys
from pathlib import Path

from common.adapters.platforms.google_ads import check, connect
from common.domain.change import Setting
from common.domain.money import MICROS
from common.ports.ad_platform import EntityRef, PlatformChange, PlatformUnavailable
from sandbox.servers.google_ads import denied, served
from tests.contract.market_rig import world_of
from tests.contract.ways.google_ads import opening

folder = Path(sys.argv[1])
tls = (folder / "key.pem").read_bytes(), (folder / "certificate.pem").read_bytes()
with served(world_of(), tls=tls, least_budget=5 * MICROS) as server:
    opened = opening(server)
    platform, ref = connect(opened), EntityRef("search", server.external_id("t/search"), "campaign")
    changes = [
        PlatformChange(ref, Setting.DAILY_BUDGET, None, 90 * MICROS),
        PlatformChange(ref, Setting.DAILY_BUDGET, None, 4 * MICROS),
    ]
    answers = platform.apply("key-1", changes, timeout=20)
    live = platform.live([ref], timeout=20)["search"].values
    needs = check(opened, timeout=20)
    server.fail(denied("authorization_error", "CUSTOMER_NOT_ENABLED"))
    code = None
    try:
        platform.live([ref], timeout=20)
    except PlatformUnavailable as error:
        code = error.trouble and error.trouble.code
sys.stdout.write(
    json.dumps(
        {
            "address": server.address.partition(":")[0],
            "answers": [[one.ok, one.code, bool(one.request_id)] for one in answers],
            "daily_budget": live[Setting.DAILY_BUDGET],
            "met": all(need.met for need in needs),
            "refused": code,
        }
    )
)
