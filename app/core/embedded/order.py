"""What a command asks the supervisor to run."""

import json
from dataclasses import dataclass
from pathlib import Path

from app.core.embedded.placement import Account, Placement


@dataclass(frozen=True)
class Order:
    """Travels to the supervisor as one JSON argument, so that `ps` shows whose cluster it is."""

    placement: Placement
    bin_dir: Path
    durable: bool

    def to_json(self) -> str:
        """One line that `from_json` reads back."""
        account = self.placement.account
        return json.dumps(
            {
                "data_dir": str(self.placement.data_dir),
                "home": str(self.placement.home),
                "uid": account.uid,
                "gid": account.gid,
                "demote": account.demote,
                "bin_dir": str(self.bin_dir),
                "durable": self.durable,
            },
            ensure_ascii=False,
        )

    @staticmethod
    def from_json(text: str) -> "Order":
        """The order that `to_json` wrote."""
        raw = json.loads(text)
        account = Account(raw["uid"], raw["gid"], raw["demote"])
        placement = Placement(Path(raw["data_dir"]), Path(raw["home"]), account)
        return Order(placement, Path(raw["bin_dir"]), raw["durable"])
