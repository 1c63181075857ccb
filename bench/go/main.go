// The peer of the bench: what a straightforward Go program does for the same request. It reads "SUBJECT TIMES" lines and
// answers each with the nanoseconds of the processor that it took, so that it takes its turns with what it is compared to.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"syscall"
)

var sink interface{}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	body := []byte(os.Args[1])
	providers := &registry{providers: map[string]provider{}}
	providers.register(&memory{tenants: map[string]*provisionResult{}})
	m := &manager{registry: providers, log: newLogger(io.Discard)}
	valid := decode(body)
	subjects := map[string]func(){
		"registry":  func() { p, err := providers.get("memory"); must(err); sink = p },
		"unmarshal": func() { sink = decode(body) },
		"manager":   func() { r, err := m.provisionTenant(valid); must(err); sink = r },
		"handler": func() {
			r, err := m.provisionTenant(decode(body))
			must(err)
			answer, err := json.Marshal(r)
			must(err)
			sink = answer
		},
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var name string
		var times int
		_, err := fmt.Sscan(lines.Text(), &name, &times)
		must(err)
		run, ok := subjects[name]
		if !ok {
			must(fmt.Errorf("no subject %q", name))
		}
		begun := used()
		for i := 0; i < times; i++ {
			run()
		}
		fmt.Println(used() - begun)
	}
}

// used answers the nanoseconds of the processor that this process has had.
func used() int64 {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func decode(body []byte) *spec {
	var s spec
	must(json.Unmarshal(body, &s))
	return &s
}
