// This file joins a program while `gomemlab record` builds it; nothing is written beside the program. The program's own main
// is called gomemlabMain then, and this one surrounds it with a trace.
//
// The order matters. A first trace to nowhere creates whatever the tracer needs only once. The second one begins with a list of
// all spans and objects. ReadMemStats then empties the caches of every P, which no trace shows: from there on nothing about the
// heap is hidden. All variables are global, so recording allocates as little as it can.

package main

import (
	gomemlabJSON "encoding/json"
	gomemlabOS "os"
	gomemlabRuntime "runtime"
	gomemlabDebug "runtime/debug"
	gomemlabTrace "runtime/trace"
	gomemlabStrconv "strconv"
)

var (
	gomemlabBefore, gomemlabAfter gomemlabRuntime.MemStats
	gomemlabFile                  *gomemlabOS.File
	gomemlabPath                  = gomemlabOS.Getenv("GOMEMLAB_RECORD") // of the files to write, without their endings
	gomemlabSaveOps               = func(path string) error { return nil }
	gomemlabSaveGraph             = func(path string) error { return nil }
	gomemlabCollections           = func() any { return nil } // what the statistics said behind each
	gomemlabSettle                = func() {}
)

func main() {
	gomemlabStart()
	defer gomemlabStop() // also when the program panics
	gomemlabMain()
}

func gomemlabStart() {
	nowhere, err := gomemlabOS.OpenFile(gomemlabOS.DevNull, gomemlabOS.O_WRONLY, 0)
	gomemlabCheck(err)
	gomemlabCheck(gomemlabTrace.Start(nowhere))
	gomemlabTrace.Stop()
	gomemlabFile, err = gomemlabOS.Create(gomemlabPath + ".trace")
	gomemlabCheck(err)
	percent, err := gomemlabStrconv.Atoi(gomemlabOS.Getenv("GOMEMLAB_GOGC"))
	gomemlabCheck(gomemlabTrace.Start(gomemlabFile))
	gomemlabSettle()
	gomemlabRuntime.ReadMemStats(&gomemlabBefore)
	if err == nil {
		gomemlabDebug.SetGCPercent(percent)
	}
}

func gomemlabStop() {
	gomemlabRuntime.ReadMemStats(&gomemlabAfter)
	gomemlabTrace.Stop()
	gomemlabCheck(gomemlabFile.Close())
	gomemlabCheck(gomemlabSaveOps(gomemlabPath + ".ops"))
	gomemlabCheck(gomemlabSaveGraph(gomemlabPath + ".graph"))
	said, err := gomemlabJSON.Marshal(map[string]any{
		"go": gomemlabRuntime.Version(), "gomaxprocs": gomemlabRuntime.GOMAXPROCS(0),
		"before": gomemlabBefore, "after": gomemlabAfter, "collections": gomemlabCollections(),
	})
	gomemlabCheck(err)
	gomemlabCheck(gomemlabOS.WriteFile(gomemlabPath+".memstats.json", said, 0o644))
}

func gomemlabCheck(err error) {
	if err != nil {
		panic("gomemlab record: " + err.Error())
	}
}
