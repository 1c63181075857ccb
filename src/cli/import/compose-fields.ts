import { isFields } from './imported.ts';
import { type Shape, toFlag } from './shapes.ts';

/** How the import treats a field of a service. */
export interface FieldRule {
  shape: Shape;
  /** Why the field has no effect. A function returns undefined for values that need no note. */
  note?: string | ((value: unknown) => string | undefined);
  /** Why the field is refused. A function returns undefined for values that are harmless. */
  refuse?: string | ((value: unknown) => string | undefined);
}

const ONE_INSTANCE = 'each tenant runs one instance of each container';
const SECRETS = 'reference secrets of the provider in secrets[] of a specification';
const DEVICES = 'devices belong to the machine, not to a tenant';
const CPU_SHARE = 'Berth limits the CPU by cpus or deploy.resources.limits.cpus only';
const NO_BLOCK_IO = 'Berth does not limit the input and output of disks';

/** Refuses a namespace of the machine or of another container. */
const namespaceOf = (pattern: RegExp) => (value: unknown) =>
  pattern.test(String(value)) ? 'it would share a namespace of the machine or of another container' : undefined;

const isShared = /^(?:host|container:|service:)/;

const oneInstance = (value: unknown) => (Number(value) === 1 ? undefined : ONE_INSTANCE);

/**
 * Every field of a service (github.com/compose-spec/compose-spec, schema/compose-spec.json). A rule without a reason
 * belongs to a field that is imported. Fields that the table lacks are refused, as by Compose.
 */
export const serviceFields: Readonly<Record<string, FieldRule>> = {
  image: { shape: 'text' },
  build: { shape: 'text or map' },
  command: { shape: 'text or list' },
  entrypoint: { shape: 'text or list' },
  environment: { shape: 'list or map' },
  env_file: { shape: 'any' },
  ports: { shape: 'list' },
  healthcheck: { shape: 'map' },
  deploy: { shape: 'map' },
  cpus: { shape: 'number' },
  mem_limit: { shape: 'number' },
  volumes: { shape: 'list' },
  depends_on: { shape: 'list or map' },
  profiles: { shape: 'list' },
  read_only: { shape: 'flag' },
  tmpfs: { shape: 'text or list' },
  stop_grace_period: { shape: 'text' },
  security_opt: { shape: 'list' },
  cap_drop: { shape: 'list' },
  init: { shape: 'flag' },
  pids_limit: { shape: 'number' },
  restart: { shape: 'text' },

  privileged: {
    shape: 'flag',
    refuse: (value) => (toFlag(value) ? 'a privileged container controls its machine' : undefined),
  },
  cap_add: {
    shape: 'list',
    refuse: 'added capabilities weaken isolation; the operator can allow them in the provider settings',
  },
  devices: { shape: 'list', refuse: DEVICES },
  device_cgroup_rules: { shape: 'list', refuse: DEVICES },
  gpus: { shape: 'any', refuse: DEVICES },
  cgroup_parent: { shape: 'text', refuse: 'it would remove the container from the limits of its tenant' },
  volumes_from: { shape: 'list', refuse: 'it would mount the volumes of another container' },
  use_api_socket: {
    shape: 'flag',
    refuse: (value) => (toFlag(value) ? 'access to the engine socket is access to the machine' : undefined),
  },
  extends: {
    shape: 'text or map',
    refuse: 'other services and files are not read; write the whole service here',
  },
  provider: { shape: 'map', refuse: 'it is run by a program of Compose, which Berth does not call' },
  credential_spec: { shape: 'map', refuse: 'Berth runs no Windows containers' },

  network_mode: {
    shape: 'text',
    refuse: namespaceOf(isShared),
    note: (value) =>
      value === 'none'
        ? 'a container cannot be cut off: it reaches the other containers of its tenant'
        : 'the containers of a tenant share their own network',
  },
  pid: { shape: 'text', refuse: namespaceOf(isShared), note: 'each container has its own process ids' },
  ipc: {
    shape: 'text',
    refuse: namespaceOf(isShared),
    note: (value) => (value === 'private' ? undefined : 'containers share no memory'),
  },
  uts: { shape: 'text', refuse: namespaceOf(/^host/), note: 'each container has its own host name' },
  userns_mode: { shape: 'text', refuse: namespaceOf(/^host/), note: 'the operator sets up user namespaces' },
  cgroup: {
    shape: 'text',
    refuse: namespaceOf(/^host/),
    note: (value) => (value === 'private' ? undefined : 'the provider chooses the control group'),
  },

  annotations: { shape: 'list or map', note: 'containers have no annotations' },
  attach: { shape: 'flag', note: 'it concerns the terminal of docker compose up' },
  blkio_config: { shape: 'map', note: NO_BLOCK_IO },
  configs: { shape: 'list', note: 'put configuration into environment variables or into the image' },
  container_name: {
    shape: 'text',
    note: 'the provider names the containers; others reach it by the name of its service',
  },
  cpu_count: { shape: 'number', note: CPU_SHARE },
  cpu_percent: { shape: 'number', note: CPU_SHARE },
  cpu_period: { shape: 'number', note: CPU_SHARE },
  cpu_quota: { shape: 'number', note: CPU_SHARE },
  cpu_rt_period: { shape: 'text', note: CPU_SHARE },
  cpu_rt_runtime: { shape: 'text', note: CPU_SHARE },
  cpu_shares: { shape: 'number', note: CPU_SHARE },
  cpuset: { shape: 'text', note: 'the provider chooses the cores' },
  develop: { shape: 'map', note: 'it concerns docker compose watch' },
  dns: { shape: 'text or list', note: 'the provider chooses the name servers' },
  dns_opt: { shape: 'list', note: 'the provider configures the resolver' },
  dns_search: { shape: 'text or list', note: 'the provider configures the resolver' },
  domainname: { shape: 'text', note: 'the provider chooses host names' },
  expose: { shape: 'list', note: 'containers of a tenant reach each other without it' },
  external_links: { shape: 'list', note: 'a tenant reaches no containers outside of it by name' },
  extra_hosts: { shape: 'list or map', note: 'the provider writes the hosts file' },
  group_add: { shape: 'list', note: 'the groups of the image are used' },
  hostname: { shape: 'text', note: 'the provider chooses host names' },
  isolation: { shape: 'text', note: 'Berth runs no Windows containers' },
  label_file: { shape: 'text or list', note: 'labels belong to the tenant; set them in a specification' },
  labels: { shape: 'list or map', note: 'labels belong to the tenant; set them in a specification' },
  links: {
    shape: 'list',
    note: (value) =>
      Array.isArray(value) && value.some((link) => /:/.test(String(link)))
        ? 'containers reach each other by the names of their services only, not by an alias'
        : undefined,
  },
  logging: { shape: 'map', note: 'the provider keeps the logs (see berth logs)' },
  mac_address: { shape: 'text', note: 'the provider assigns addresses' },
  mem_reservation: { shape: 'number', note: 'only the limit of memory is used' },
  mem_swappiness: { shape: 'number', note: 'Berth does not configure swap' },
  memswap_limit: { shape: 'number', note: 'Berth does not configure swap' },
  models: { shape: 'list or map', note: 'Berth runs containers, not models' },
  networks: {
    shape: 'list or map',
    note: (value) =>
      isFields(value) && Object.values(value).some((network) => isFields(network) && network.aliases !== undefined)
        ? 'the containers of a tenant share their own network, in which they have the names of their services, not aliases'
        : 'the containers of a tenant share their own network',
  },
  oom_kill_disable: { shape: 'flag', note: 'a container that exceeds its memory is ended' },
  oom_score_adj: { shape: 'number', note: 'a container that exceeds its memory is ended' },
  platform: { shape: 'text', note: 'the provider chooses the platform of the image' },
  post_start: { shape: 'list', note: 'Berth runs no commands beside that of the container' },
  pre_stop: { shape: 'list', note: 'Berth runs no commands beside that of the container' },
  pull_policy: { shape: 'text', note: 'the provider decides when it pulls an image' },
  runtime: { shape: 'text', note: 'the operator chooses the runtime' },
  scale: { shape: 'number', note: oneInstance },
  secrets: { shape: 'list', note: SECRETS },
  shm_size: { shape: 'number', note: 'the provider sets the size of /dev/shm' },
  stdin_open: { shape: 'flag', note: (value) => (toFlag(value) ? 'a container has no standard input' : undefined) },
  stop_signal: { shape: 'text', note: 'the provider chooses the signal that stops a container' },
  storage_opt: { shape: 'map', note: 'the provider sets the size of the root file system' },
  sysctls: { shape: 'list or map', note: 'kernel parameters belong to the machine' },
  tty: { shape: 'flag', note: (value) => (toFlag(value) ? 'a container has no terminal' : undefined) },
  ulimits: { shape: 'map', note: 'the provider sets the limits of processes' },
  user: { shape: 'text', note: 'the user of the image is used' },
  volume_driver: { shape: 'text', note: 'the provider of the tenant decides where volumes are' },
  working_dir: { shape: 'text', note: 'the working directory of the image is used' },
};

/** The fields of `deploy` that have no effect, with the reason. `resources` is imported. */
export const deployFields: Readonly<Record<string, FieldRule>> = {
  // Its form is checked where it is read.
  resources: { shape: 'any' },
  replicas: { shape: 'number', note: oneInstance },
  mode: { shape: 'text', note: (value) => (value === 'replicated' ? undefined : ONE_INSTANCE) },
  labels: { shape: 'list or map', note: 'labels belong to the tenant; set them in a specification' },
  placement: { shape: 'map', note: 'the provider chooses the machine' },
  endpoint_mode: { shape: 'text', note: 'the provider decides how a port is reached' },
  update_config: { shape: 'map', note: 'the provider decides how a new version replaces the old one' },
  rollback_config: { shape: 'map', note: 'a failed update keeps the old version (see berth rollback)' },
  restart_policy: { shape: 'map' },
};
