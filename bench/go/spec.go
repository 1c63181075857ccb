package main

import (
	"errors"
	"fmt"
	"strings"
)

type resources struct {
	CPU     int `json:"cpu"`
	Memory  int `json:"memory"`
	Storage int `json:"storage,omitempty"`
}

type port struct {
	ContainerPort int    `json:"container_port"`
	HostPort      int    `json:"host_port,omitempty"`
	Protocol      string `json:"protocol,omitempty"`
	Name          string `json:"name,omitempty"`
}

type healthCheck struct {
	Type               string   `json:"type"`
	HTTPPath           string   `json:"http_path,omitempty"`
	Port               int      `json:"port,omitempty"`
	Command            []string `json:"command,omitempty"`
	IntervalSeconds    int      `json:"interval_seconds,omitempty"`
	TimeoutSeconds     int      `json:"timeout_seconds,omitempty"`
	HealthyThreshold   int      `json:"healthy_threshold,omitempty"`
	UnhealthyThreshold int      `json:"unhealthy_threshold,omitempty"`
}

type container struct {
	Name        string            `json:"name"`
	Image       string            `json:"image"`
	Command     []string          `json:"command,omitempty"`
	Args        []string          `json:"args,omitempty"`
	Env         map[string]string `json:"env,omitempty"`
	Ports       []port            `json:"ports,omitempty"`
	HealthCheck *healthCheck      `json:"health_check,omitempty"`
	Resources   *resources        `json:"resources,omitempty"`
}

type secret struct {
	Name   string `json:"name"`
	Source string `json:"source"`
	Key    string `json:"key"`
	EnvVar string `json:"env_var"`
}

type spec struct {
	TenantID       string                 `json:"tenant_id"`
	ProviderType   string                 `json:"provider_type"`
	Containers     []container            `json:"containers"`
	Resources      resources              `json:"resources"`
	Secrets        []secret               `json:"secrets,omitempty"`
	Labels         map[string]string      `json:"labels,omitempty"`
	ProviderConfig map[string]interface{} `json:"provider_config,omitempty"`
}

// validate checks what a straightforward program checks; the full rules of Berth are many more.
func (s *spec) validate() error {
	var issues []string
	if s.TenantID == "" {
		issues = append(issues, "tenant_id required")
	}
	if s.ProviderType == "" {
		issues = append(issues, "provider_type required")
	}
	if len(s.Containers) == 0 {
		issues = append(issues, "at least one container required")
	}
	seen := make(map[string]bool, len(s.Containers))
	for _, c := range s.Containers {
		if c.Name == "" {
			issues = append(issues, "container name required")
		} else if seen[c.Name] {
			issues = append(issues, fmt.Sprintf("duplicate container name: %s", c.Name))
		}
		seen[c.Name] = true
	}
	if s.Resources.CPU < 128 {
		issues = append(issues, "cpu must be at least 128 millicores")
	}
	if s.Resources.Memory < 128 {
		issues = append(issues, "memory must be at least 128 MB")
	}
	if len(issues) > 0 {
		return errors.New("invalid compute specification: " + strings.Join(issues, "; "))
	}
	return nil
}
