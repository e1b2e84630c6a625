"""The model: Go's memory manager as plain Python data, standard library only.

Layers, each importing only those to its right: snapshot, world, mstats, malloc, alloc, events, errors, arch.
"""
