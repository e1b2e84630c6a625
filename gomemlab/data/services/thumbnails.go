// Thumbnails: pictures of many sizes are drawn, made small, and packed as PNG; the last answers are kept for a while.
package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand"
	"sync"
)

type job struct {
	seed int64
	wide int
	high int
}

type answer struct {
	name  string
	bytes []byte
}

func picture(j job) *image.RGBA {
	random := rand.New(rand.NewSource(j.seed))
	img := image.NewRGBA(image.Rect(0, 0, j.wide, j.high))
	for range 12 {
		c := color.RGBA{uint8(random.Intn(256)), uint8(random.Intn(256)), uint8(random.Intn(256)), 255}
		x, y := random.Intn(j.wide), random.Intn(j.high)
		for dy := y; dy < min(y+40, j.high); dy++ {
			for dx := x; dx < min(x+60, j.wide); dx++ {
				img.SetRGBA(dx, dy, c)
			}
		}
	}
	return img
}

func small(img *image.RGBA, wide int) *image.RGBA {
	high := max(1, img.Rect.Dy()*wide/img.Rect.Dx())
	out := image.NewRGBA(image.Rect(0, 0, wide, high))
	for y := range high {
		for x := range wide {
			out.SetRGBA(x, y, img.RGBAAt(x*img.Rect.Dx()/wide, y*img.Rect.Dy()/high))
		}
	}
	return out
}

func main() {
	defer report()
	jobs := make(chan job, 16)
	answers := make(chan answer, 16)
	var workers sync.WaitGroup
	for range 3 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			encoder := png.Encoder{CompressionLevel: png.BestSpeed}
			for j := range jobs {
				img := picture(j)
				for _, wide := range []int{160, 64, 24} {
					var out bytes.Buffer
					encoder.Encode(&out, small(img, wide))
					answers <- answer{string(rune('a' + wide%26)), out.Bytes()}
				}
			}
		}()
	}
	var keeper sync.WaitGroup
	keeper.Add(1)
	go func() {
		defer keeper.Done()
		var kept []answer
		for a := range answers {
			if kept = append(kept, a); len(kept) > 3000 {
				kept = append([]answer(nil), kept[1000:]...)
			}
			served.Add(int64(len(a.bytes)))
		}
	}()
	random := rand.New(rand.NewSource(3))
	for n := range 1000 {
		jobs <- job{int64(n), 200 + random.Intn(1400), 150 + random.Intn(900)}
	}
	close(jobs)
	workers.Wait()
	close(answers)
	keeper.Wait()
}
