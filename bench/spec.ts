/** A typical specification of two containers, 1.2 KB as JSON. */
export const spec = {
  tenant_id: 'acme',
  provider_type: 'memory',
  containers: ['web', 'worker'].map((name) => ({
    name,
    image: `registry.example.com/shop/${name}:1.24.3`,
    command: ['node', '--enable-source-maps', `dist/${name}.js`],
    env: { NODE_ENV: 'production', LOG_LEVEL: 'info', REGION: 'eu-central-1', FEATURE_FLAGS: 'checkout-v2,search-v3' },
    ports: [{ name: 'http', container_port: 8080 }],
    health_check: { type: 'http', http_path: '/healthz', interval_seconds: 10, timeout_seconds: 2 },
    resources: { cpu: 256, memory: 256 },
  })),
  resources: { cpu: 512, memory: 512, storage: 1024 },
  secrets: [{ name: 'database', source: 'aws-secrets-manager', key: 'prod/acme/database', env_var: 'DATABASE_URL' }],
  labels: { plan: 'enterprise', region: 'eu', owner: 'platform-team' },
};
