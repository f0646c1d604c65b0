import asyncio, os, subprocess, sys, time, signal
import httpx
from pathlib import Path
from app.core.process import free_port
from tests.journey_model.test_nothing_held import *
from tests.support.processes import wait_until

async def test_sub(small_pool, sim, engine):
    port = free_port()
    s = small_pool
    env = {**os.environ, "APP_ENV":"local","DATABASE_URL":s.database_url,"JWT_SECRET":s.jwt_secret.get_secret_value(),
      "OPENROUTER_API_KEY":"sim-key","OPENROUTER_BASE_URL":sim.base_url,"OPENROUTER_MODEL":"sim/model","DB_POOL_SIZE":"2","DB_THREADS":"2","DB_POOL_TIMEOUT_S":"2","LOG_LEVEL":os.environ.get("LL","INFO")}
    pre = os.environ.get("PRE","").split()
    p = subprocess.Popen([*pre, sys.executable,"/tmp/srv_gc.py",str(port)],env=env,cwd="/work/main",stdout=open("/tmp/srv.log","w"))
    try:
        base=f"http://127.0.0.1:{port}"
        def up():
            try: return httpx.get(base+"/health/live").status_code==200
            except httpx.HTTPError: return False
        assert wait_until(up, 20)
        async with httpx.AsyncClient(base_url=base, timeout=60, limits=httpx.Limits(max_connections=100)) as client:
          for rnd in range(int(os.environ.get("ROUNDS","3"))):
            sim.latency=0
            t=time.perf_counter()
            ready = await prepare(client, s, engine, AT_ONCE)
            print("setup", time.perf_counter()-t)
            sim.latency = LATENCY_S
            live = Liveness(port)
            with live.watched():
                t0=t=time.perf_counter()
                cpu=Path(f"/proc/{p.pid}/stat").read_text().split(); c0=int(cpu[13])+int(cpu[14])
                responses = await finish(ready)
                cpu=Path(f"/proc/{p.pid}/stat").read_text().split(); c1=int(cpu[13])+int(cpu[14])
                print("wall", time.perf_counter()-t, "server cpu", (c1-c0)/100, "max", sim.max_in_flight)
            print("live max", max(live.seconds), [round(x,3) for x in sorted(live.seconds)[-8:]], len(live.seconds))
            print({r.status_code for r in responses}, {r.json()["status"] for r in responses})
    finally:
        p.send_signal(signal.SIGINT); p.wait(20)
