package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// tools are the programs that are measured, and where they may write.
type tools struct {
	provider, standin, cli, aws, work string
	life                              context.Context // Ctrl-C ends it, and with it every program that was started.
}

func run() error {
	life, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	t := tools{life: life}
	flag.StringVar(&t.provider, "provider", "", "the built `PROVIDER`")
	flag.StringVar(&t.standin, "standin", "", "the built `STAND-IN`")
	flag.StringVar(&t.cli, "cli", "", "`terraform` or tofu")
	flag.StringVar(&t.aws, "aws", "", "the AWS `CLI`, or nothing")
	flag.StringVar(&t.work, "work", "", "an empty `FOLDER`")
	notice := flag.String("notice", "", "the `FILE` that notice_test.go wrote")
	report := flag.String("report", "BENCHMARKS.md", "the `FILE` to write")
	picture := flag.String("picture", "internal/bench/notice.svg", "the `PICTURE` to write")
	flag.Parse()

	// The SDK's part runs as a process of its own, which is this program again.
	if flag.NArg() == 4 && flag.Arg(0) == "sdk" {
		count, err := strconv.Atoi(flag.Arg(2))
		if err != nil {
			return err
		}
		parallel, err := strconv.Atoi(flag.Arg(3))
		if err != nil {
			return err
		}
		return readWithSDK(life, flag.Arg(1), count, parallel)
	}
	if flag.NArg() > 0 || t.provider == "" || t.standin == "" || t.cli == "" || t.work == "" || *notice == "" {
		flag.Usage()
		return errors.New("scripts/bench.sh says what is needed")
	}
	r := results{When: time.Now().UTC().Format(time.DateOnly), AWS: t.aws != ""}
	var err error
	for _, part := range []struct {
		what    string
		measure func() error
	}{
		{"the machine", func() error { r.Machine, err = t.describe(); return err }},
		{"late notice", func() error { r.Notice, err = readNotices(*notice); return err }},
		{"start-up", func() error { r.Start, err = t.startUp(); return err }},
		{"settled invocations", func() error { r.Plans, err = t.plans(); return err }},
		{"a thousand by for_each", func() error { r.ForEach, err = t.forEach(); return err }},
		{"rows of one read", func() error { r.Rows, err = t.rows(); return err }},
		{"aws ssm wait, in real time", func() error { r.Waits, err = t.awsWaits(); return err }},
	} {
		fmt.Fprintln(os.Stderr, "Measuring:", part.what)
		if err := part.measure(); err != nil {
			return fmt.Errorf("%s: %w", part.what, err)
		}
	}
	text, err := r.markdown(filepath.ToSlash(*picture))
	if err != nil {
		return err
	}
	if err := os.WriteFile(*report, text, 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(*picture, r.picture(), 0o644); err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}
