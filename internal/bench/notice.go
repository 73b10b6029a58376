package main

import (
	"encoding/json"
	"os"
	"time"
)

// lengths are those of the commands whose end has to be noticed.
var lengths = []time.Duration{2 * time.Second, 20 * time.Second, 10 * time.Minute}

// notice is how late the end of a command was noticed, over several reads: both programs leave their pauses to chance.
type notice struct {
	Length              time.Duration
	Reads               int
	Mean, Worst         time.Duration // Ours.
	Requests            float64       // Per read.
	WaiterMean          time.Duration // The SDK's waiter.
	WaiterWorst         time.Duration
	WaiterRequests      float64
	WaiterForgetsOutput bool // The waiter's answer to a command that failed had none.
}

// readNotices reads what notice_test.go wrote.
func readNotices(file string) ([]notice, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var notices []notice
	return notices, json.Unmarshal(raw, &notices)
}
