"""The model: Go's memory manager as plain Python data, standard library only.

Layers, each importing only those to its right: restore, world, snapshot, spantable | ledger | mstats, malloc, alloc,
events, phrases, errors, arch.
"""
