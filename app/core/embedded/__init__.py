"""A PostgreSQL that a checkout brings along: no root, no Docker, no server to install.

Every command holds a lease (`EmbeddedPostgres.lease`); all leases of one checkout share one
cluster, and the cluster stops with the last of them. Three locks carry the whole design, because
the kernel releases a lock however its holder died:

    .data/postgres.lease        shared by every holder; the supervisor tries it exclusively: if it
                                gets it, nobody is left, and nobody can come while it stops
    .data/postgres.supervisor   held by the one who starts the supervisor, then by the supervisor
    <home>/alive.lock           inherited by postgres and all its children: while it is held,
                                something of the old cluster still runs, whatever a pid file says

lease.py is the command's side, supervisor.py the process that owns postgres, server.py the
cluster itself, placement.py where it lives and as whom it runs, binaries.py what it runs.
"""

from app.core.embedded.errors import EmbeddedPostgresError
from app.core.embedded.lease import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]
