// Text is built, split, sorted and thrown away beside almost nothing that stays.
package main

import (
	"fmt"
	"sort"
	"strings"
)

func main() {
	defer report()
	kept := make([]string, 2000)
	for n := range 15000 {
		var text strings.Builder
		for i := range 400 {
			fmt.Fprintf(&text, "%d,%s;", i*n, strings.Repeat("x", i%37))
		}
		fields := strings.Split(text.String(), ";")
		sort.Strings(fields)
		kept[n%len(kept)] = strings.ToUpper(fields[len(fields)/2])
		served.Add(1)
	}
}
