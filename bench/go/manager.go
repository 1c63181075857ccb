package main

import (
	"fmt"
	"sync"
	"time"
)

type endpoint struct {
	Type    string `json:"type"`
	Address string `json:"address"`
	Port    int    `json:"port"`
	URL     string `json:"url,omitempty"`
}

type provisionResult struct {
	TenantID      string            `json:"tenant_id"`
	ProviderType  string            `json:"provider_type"`
	Status        string            `json:"status"`
	ResourceIDs   map[string]string `json:"resource_ids"`
	Endpoints     []endpoint        `json:"endpoints"`
	Message       string            `json:"message"`
	ProvisionedAt time.Time         `json:"provisioned_at"`
}

type provider interface {
	name() string
	provision(s *spec) (*provisionResult, error)
}

// registry is a map behind a lock, as is usual in Go.
type registry struct {
	mu        sync.RWMutex
	providers map[string]provider
}

func (r *registry) register(p provider) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.providers[p.name()] = p
}

func (r *registry) get(name string) (provider, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if p, ok := r.providers[name]; ok {
		return p, nil
	}
	return nil, fmt.Errorf("compute provider not found: %q", name)
}

// memory remembers tenants, and answers a repetition with what it answered first.
type memory struct {
	mu      sync.Mutex
	tenants map[string]*provisionResult
}

func (m *memory) name() string { return "memory" }

func (m *memory) provision(s *spec) (*provisionResult, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.tenants[s.TenantID]; ok {
		return known, nil
	}
	result := &provisionResult{
		TenantID:      s.TenantID,
		ProviderType:  s.ProviderType,
		Status:        "success",
		ResourceIDs:   map[string]string{"tenant": "memory/" + s.TenantID},
		Endpoints:     []endpoint{{Type: "http", Address: "127.0.0.1", Port: 8080, URL: "http://127.0.0.1:8080"}},
		ProvisionedAt: time.Now().UTC(),
	}
	m.tenants[s.TenantID] = result
	return result, nil
}

type manager struct {
	registry *registry
	log      *logger
}

// provisionTenant validates, looks the provider up, delegates, and writes a line before and after.
func (m *manager) provisionTenant(s *spec) (*provisionResult, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	p, err := m.registry.get(s.ProviderType)
	if err != nil {
		return nil, err
	}
	m.log.info("provisioning tenant", "tenant_id", s.TenantID, "provider", s.ProviderType)
	result, err := p.provision(s)
	if err != nil {
		m.log.info("provisioning failed", "tenant_id", s.TenantID, "provider", s.ProviderType)
		return nil, err
	}
	m.log.info("provisioning completed", "tenant_id", s.TenantID, "provider", s.ProviderType, "status", result.Status)
	return result, nil
}
