"""Comparing: two histories side by side, in the numbers that a choice between them is made by.

Each side is played once from its start and read after every command (side). Where both say where their requests end,
they are compared request by request; else command by command (result). Pairs to begin with are in gomemlab.pairs.

Go: runtime/mstats.go, MemStats.
Left out: time. What things cost is the cost model's, see costs.
"""

from gomemlab.comparing.begin import compare
from gomemlab.comparing.result import REQUEST, TICK, Comparison
from gomemlab.comparing.side import Reading, Side
from gomemlab.comparing.table import Row, Table

__all__ = ["REQUEST", "TICK", "Comparison", "Reading", "Row", "Side", "Table", "compare"]
