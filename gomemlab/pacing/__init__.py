"""Hours of a service's collections in a second: the pacer, driven by a workload instead of a heap.

The stepped world computes every allocation; here a workload says in a few numbers what a program does, and the very
same GCController and CPU limiter decide when it is collected, how much is marked beside it, and who assists.

Go: runtime/mgcpacer.go, runtime/mgclimit.go, runtime/mgc.go.
Left out: addresses, spans, objects; time is a cost model's.
"""
