// Three goroutines write to stderr while the collector does: many gctrace lines come out in pieces. Stdout has NumGC.
//
//	go build -o torn gctrace_torn.go
//	GODEBUG=gctrace=1 ./torn > torn.numgc 2> torn.log
package main

import (
	"fmt"
	"log"
	"os"
	"runtime"
	"sync/atomic"
)

var sink atomic.Pointer[[4096]byte]

func main() {
	runtime.GOMAXPROCS(4)
	var stats runtime.MemStats
	for runtime.ReadMemStats(&stats); stats.NumGC < 60; runtime.ReadMemStats(&stats) {
		done := make(chan bool)
		for writer := range 3 {
			go func() {
				for i := range 25 {
					for range 80 {
						sink.Store(new([4096]byte))
					}
					switch writer {
					case 0:
						log.Printf("request %d served", i)
					case 1:
						fmt.Fprintf(os.Stderr, "{\"level\":\"info\",\"n\":%d}\n", i)
					default:
						fmt.Fprintln(os.Stderr, "worker", i, "is done")
					}
				}
				done <- true
			}()
		}
		for range 3 {
			<-done
		}
	}
	fmt.Println(stats.NumGC)
}
