// A map of 100,000 keys, which are deleted, after which the map is let go of: what is alive after a cycle each time.
//
// GOMAXPROCS=1 go run map_delete.go > map_delete.json
package main

import (
	"encoding/json"
	"os"
	"runtime"
)

type reading struct {
	Step      string
	HeapAlloc uint64
}

var (
	readings []reading
	numbers  map[int]int
)

func read(step string) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	readings = append(readings, reading{step, m.HeapAlloc})
}

func main() {
	read("start")
	numbers = map[int]int{}
	for i := range 100_000 {
		numbers[i] = i
	}
	read("filled")
	for i := range 100_000 {
		delete(numbers, i)
	}
	read("deleted")
	numbers = nil
	read("let go")
	json.NewEncoder(os.Stdout).Encode(map[string]any{"go": runtime.Version(), "readings": readings})
}
