// This file joins a program that imports gomemlab/graph, so that its log is written at the end.
//
// First the tracer's own goroutines run until they wait, and collections clear away what starting has left behind: from then on nothing
// is allocated and nothing dies but what the log knows.

package main

import (
	gomemlabGraph "gomemlab/graph"
	gomemlabRuntimeOfGraph "runtime"
)

func init() {
	gomemlabSaveGraph = gomemlabGraph.Save
	gomemlabCollections = gomemlabGraph.Collections
	gomemlabSettle = func() {
		for range 4 {
			gomemlabRuntimeOfGraph.Gosched()
			gomemlabRuntimeOfGraph.GC()
		}
	}
}
