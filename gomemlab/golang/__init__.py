"""The real Go: finding and running its tools, recording a program, reading the execution trace it writes.

Go: internal/trace/reader.go; runtime/traceallocfree.go.
"""
