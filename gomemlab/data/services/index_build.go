// Few cycles: an index is built once, word by word, and then only asked.
package main

import (
	"math/rand"
	"strconv"
)

func main() {
	defer report()
	random := rand.New(rand.NewSource(4))
	index := map[string][]int{}
	for n := range 3000000 {
		word := "w" + strconv.Itoa(int(random.ExpFloat64()*30000))
		index[word] = append(index[word], n)
	}
	found := 0
	for n := range 1500000 {
		found += len(index["w"+strconv.Itoa(n%4000)])
	}
	served.Add(int64(found))
}
