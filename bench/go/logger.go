package main

import (
	"io"
	"strconv"
	"sync"
	"time"
)

// logger writes a line of JSON for each call, as the quick loggers of Go do: into a buffer that is used again.
type logger struct {
	mu      sync.Mutex
	out     io.Writer
	buffers sync.Pool
}

func newLogger(out io.Writer) *logger {
	return &logger{out: out, buffers: sync.Pool{New: func() interface{} { b := make([]byte, 0, 512); return &b }}}
}

func (l *logger) info(message string, fields ...string) {
	held := l.buffers.Get().(*[]byte)
	line := append((*held)[:0], `{"level":"info","ts":"`...)
	line = time.Now().UTC().AppendFormat(line, "2006-01-02T15:04:05.000Z07:00")
	line = append(line, `","component":"compute-manager","msg":`...)
	line = strconv.AppendQuote(line, message)
	for i := 0; i+1 < len(fields); i += 2 {
		line = append(line, ',')
		line = strconv.AppendQuote(line, fields[i])
		line = append(line, ':')
		line = strconv.AppendQuote(line, fields[i+1])
	}
	line = append(line, '}', '\n')
	l.mu.Lock()
	l.out.Write(line)
	l.mu.Unlock()
	*held = line
	l.buffers.Put(held)
}
