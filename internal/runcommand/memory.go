package runcommand

import (
	"strings"
	"sync"
	"time"
)

// memory keeps the commands that nobody knew, for the life of the process, so
// that two hundred reads of one expired command do not each wait out the
// visibility clock. A command that was forgotten once does not come back.
type memory struct {
	mu      sync.Mutex
	unknown map[string]time.Duration
}

// forgotten returns for how long the command is known to have been unknown.
func (m *memory) forgotten(command string) (time.Duration, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.unknown[strings.ToLower(command)]
	return d, ok
}

// remember notes that nobody knew the command throughout d. A read with a longer
// visibility timeout than that still waits out its own.
func (m *memory) remember(command string, d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unknown == nil {
		m.unknown = map[string]time.Duration{}
	}
	id := strings.ToLower(command)
	m.unknown[id] = max(m.unknown[id], d)
}
