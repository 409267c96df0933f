package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// print writes the tables: times, CPU by process, ratios to the floors, and
// the measures to reach.
func (b *bench) print(to io.Writer) error {
	host, _ := os.Hostname()
	fmt.Fprintf(to, "\n%s, %s, %d processors (%s), load %s\n", time.Now().UTC().Format("2006-01-02 15:04 UTC"), host, runtime.NumCPU(), cpuModel(), loadAverage())
	out := tabwriter.NewWriter(to, 0, 4, 2, ' ', tabwriter.AlignRight)
	if b.soak {
		b.printSoak(out)
		return out.Flush()
	}
	b.printTimes(out)
	b.printUsage(out)
	b.printRatios(out)
	b.printWires(out)
	b.printSpans(out)
	b.printTargets(out)
	return out.Flush()
}

func (b *bench) printTimes(out io.Writer) {
	fmt.Fprintf(out, "\nTimes\nn\tclients\tper s\tp50 ms\tp99 ms\tmax ms\tsettled after s\tyardstick ms\t \n")
	for _, r := range b.results {
		fmt.Fprintf(out, "%d\t%d\t%.0f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t  %s\n", r.n, r.clients, r.rate(), ms(r.percentile(50)), ms(r.percentile(99)),
			ms(r.percentile(100)), r.settled.Seconds(), ms(r.yardstick), r.name)
	}
}

// columns of the table of CPU, in the order a request travels.
var columns = []part{partAPI, partAPIDB, partWorker, partWorkerDB, partEngine, partEngineDB, partDBRest}

func (b *bench) printUsage(out io.Writer) {
	fmt.Fprintf(out, "\nCPU-ms per operation, until everything it caused has happened (clients left out)\nall\t")
	for _, c := range columns {
		fmt.Fprintf(out, "%s\t", c)
	}
	fmt.Fprintf(out, "client\t \n")
	for _, r := range b.results {
		fmt.Fprintf(out, "%.2f\t", r.each(r.all()))
		for _, c := range columns {
			fmt.Fprintf(out, "%.2f\t", r.each(r.whole[c]))
		}
		fmt.Fprintf(out, "%.2f\t  %s\n", r.each(r.whole[partBench]), r.name)
	}
}

// printRatios compares each line with the floors: CPU in all by CPU in all.
func (b *bench) printRatios(out io.Writer) {
	insert, begun, update := b.find(floorInsert), b.find(floorStart), b.find(floorUpdate)
	if insert == nil || begun == nil || update == nil {
		return
	}
	life := begun.each(begun.all()) + updatesOfLife*update.each(update.all())
	fmt.Fprintf(out, "\nRatios of CPU in all\nto an INSERT\tto a start\tto an Update\tto start + %d Updates (%.1f)\t \n", updatesOfLife, life)
	for _, r := range b.results {
		mine := r.each(r.all())
		fmt.Fprintf(out, "%.1f\t%.2f\t%.2f\t%.2f\t  %s\n", mine/insert.each(insert.all()), mine/begun.each(begun.all()), mine/update.each(update.all()), mine/life, r.name)
	}
}

// printTargets says what is to be reached, and what was.
func (b *bench) printTargets(out io.Writer) {
	fmt.Fprintf(out, "\nMeasures to reach\nmeasured\twanted\t \n")
	line := func(measured, wanted float64, atLeast bool, what string) {
		verdict, sign := "", "≤"
		if atLeast {
			sign = "≥"
		}
		if measured < wanted == atLeast && measured != wanted {
			verdict = "  NOT REACHED"
		}
		fmt.Fprintf(out, "%.2f\t%s %g\t  %s%s\n", measured, sign, wanted, what, verdict)
	}
	for _, s := range b.spans {
		line(us(s.ours), us(s.wanted), false, "µs, business time: "+s.name)
	}
	for i := range b.results {
		r := &b.results[i]
		switch {
		case r.name == lineRegister:
			line(r.rate(), 400, true, "registrations acknowledged per second, everything running")
			line(ms(r.percentile(99)), 100, false, "ms, their 99th percentile")
			line(r.each(r.answered.sum(partAPI, partAPIDB, partDBRest)), 4, false, "CPU-ms each in API and PostgreSQL for it, until acknowledged")
			line(r.each(r.answered.sum(append([]part{partAPI}, database...)...)), 4, false, "the same with what PostgreSQL did for relay, worker and engine meanwhile")
		case strings.HasPrefix(r.name, lineGet):
			line(r.each(r.all()), 1.5, false, "CPU-ms, "+r.name)
		case strings.HasPrefix(r.name, lineList):
			line(r.each(r.all()), 3, false, "CPU-ms, "+r.name)
		case strings.HasPrefix(r.name, linePage) && !strings.HasPrefix(r.name, linePage+"console"):
			line(r.each(r.all()), 5, false, "CPU-ms, "+r.name)
		case r.name == lineLife:
			line(r.each(r.all()), 60, false, "CPU-ms, "+r.name)
		}
	}
}

func (b *bench) find(name string) *result {
	for i := range b.results {
		if b.results[i].name == name {
			return &b.results[i]
		}
	}
	return nil
}

func (r *result) rate() float64 { return float64(r.n) / r.took.Seconds() }

// percentile is 0 for a line that is the sum of others.
func (r *result) percentile(p int) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	return r.latencies[min(len(r.latencies)-1, len(r.latencies)*p/100)]
}

// all is what the line took of every process. The floors' client and worker
// are this one; elsewhere it only plays the clients and catches mail.
func (r *result) all() time.Duration {
	all := r.whole.sum(everything...)
	if r.name == floorStart || r.name == floorUpdate {
		all += r.whole[partBench]
	}
	if r.name == floorInsert {
		all += r.whole[partBenchDB]
	}
	return all
}

// each is CPU-milliseconds for one operation.
func (r *result) each(d time.Duration) float64 { return ms(d) / float64(r.n) }

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func us(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func cpuModel() string {
	raw, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(raw)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func loadAverage() string {
	raw, _ := os.ReadFile("/proc/loadavg")
	return strings.Join(strings.Fields(string(raw))[:3], " ")
}
