"""The model of a benchmark: the simulator in a process of its own, answering as a good model would.

    python -m bench.simulated_model LATENCY_S

The first line on stdout is the base URL.
"""

import sys
import threading

from tests.support.model_answers import answer_well
from tests.support.openrouter_sim import OpenRouterSim


def main() -> None:
    with OpenRouterSim(latency=float(sys.argv[1])) as sim:
        answer_well(sim)
        print(sim.base_url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
