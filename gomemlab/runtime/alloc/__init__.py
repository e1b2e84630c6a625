"""The allocator: size classes, spans, pages, and the caches in front of them.

Go: runtime/mheap.go, runtime/mcentral.go, runtime/mcache.go, runtime/mpagealloc.go.
"""
