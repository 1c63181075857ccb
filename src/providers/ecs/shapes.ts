// Written by `npm run acceptors` from the schemas.
import type * as z from 'zod';
import { isUrl } from '../../compute/spec/names.ts';
import { type Loose, countKeys, isPlain, lazily } from '../../compute/spec/plain.ts';
import type { Shape } from '../../compute/spec/shape.ts';
import { agreesOnFargate, agreesOnRegion, choosesOneLaunch, isClusterArn } from './config-rules.ts';
import type { EcsConfig } from './config.ts';

const pattern1 = /^[a-z0-9-]{1,32}$/u;
const pattern2 = /^subnet-[0-9a-f]{8,17}$/u;
const pattern3 = /^sg-[0-9a-f]{8,17}$/u;
const pattern4 = /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[A-Za-z0-9+=,.@_/-]{1,576}$/u;
const pattern5 = /^[A-Za-z0-9_-]{1,255}$/u;
const pattern6 = /^[A-Za-z0-9.]{1,32}$/u;
const pattern7 = /^[A-Za-z0-9_./#-]{1,512}$/u;
const pattern8 = /^[A-Za-z0-9_-]{1,192}$/u;
const pattern9 = /^[A-Za-z0-9_+=,.@:/-]{2,1224}$/u;
const pattern10 = /^[A-Za-z0-9_+=,.@-]{2,64}$/u;
const pattern11 = /^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:task-definition\/[A-Za-z0-9_-]{1,255}:[0-9]{1,10}$/u;
const pattern12 = /^[a-z0-9.-]{1,253}(?::[0-9]{1,5})?$/u;
const pattern13 = lazily(() => /^(?![Aa][Ww][Ss]:|[Bb][Ee][Rr][Tt][Hh]\.)[\p{L}\p{N} _.:/=+@-]{1,128}$/u);
const pattern14 = lazily(() => /^[\p{L}\p{N} _.:/=+@-]{0,256}$/u);
const pattern15 = /^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup\/[A-Za-z0-9/-]{1,255}$/u;
const pattern16 = /^arn:aws[a-z-]*:servicediscovery:[a-z0-9-]+:[0-9]{12}:service\/srv-[a-z0-9]{1,64}$/u;
const pattern17 = /^[A-Za-z0-9_.-]{1,253}$/u;

function toEcsConfigSubnets(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input) || input.length < 1 || input.length > 16) return undefined;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    if (typeof value !== 'string' || !pattern2.test(value)) return undefined;
    output[index] = value;
  }
  return output;
}

function toEcsConfigSecurityGroups(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input) || input.length > 5) return undefined;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    if (typeof value !== 'string' || !pattern3.test(value)) return undefined;
    output[index] = value;
  }
  return output;
}

function toEcsConfigCapacityProvidersEntry(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  let known = 1;
  value = input.name;
  if (typeof value !== 'string' || !pattern5.test(value)) return undefined;
  output.name = value;
  value = input.weight;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > 1000) return undefined;
    output.weight = value;
    known += 1;
  } else output.weight = 1;
  value = input.base;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > 100000) return undefined;
    output.base = value;
    known += 1;
  } else output.base = 0;
  return countKeys(input) === known ? output : undefined;
}

function toEcsConfigCapacityProviders(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input) || input.length < 1 || input.length > 20) return undefined;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    output[index] = toEcsConfigCapacityProvidersEntry(value);
    if (output[index] === undefined) return undefined;
  }
  return output;
}

function toEcsConfigAssumeRole(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  let known = 1;
  value = input.role_arn;
  if (typeof value !== 'string' || !pattern4.test(value)) return undefined;
  output.role_arn = value;
  value = input.external_id;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern9.test(value)) return undefined;
    output.external_id = value;
    known += 1;
  }
  value = input.session_name;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern10.test(value)) return undefined;
    output.session_name = value;
    known += 1;
  }
  return countKeys(input) === known ? output : undefined;
}

function toEcsConfigAllowedRegistries(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input) || input.length < 1 || input.length > 100) return undefined;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    if (typeof value !== 'string' || !pattern12.test(value)) return undefined;
    output[index] = value;
  }
  return output;
}

function toEcsConfigTags(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  if (Object.getOwnPropertySymbols(input).length > 0) return undefined;
  const size = countKeys(input);
  if (size > 4) return undefined;
  const output: Loose = { ...input };
  for (const key in output) {
    if (key === '__proto__' || !pattern13.test(key)) return undefined;
    const value = output[key];
    if (typeof value !== 'string' || !pattern14.test(value)) return undefined;
  }
  return output;
}

function toEcsConfigLoadBalancer(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  let known = 1;
  value = input.target_group_arn;
  if (typeof value !== 'string' || !pattern15.test(value)) return undefined;
  output.target_group_arn = value;
  value = input.container_name;
  if (value !== undefined) {
    if (typeof value !== 'string' || value.length > 63) return undefined;
    output.container_name = value;
    known += 1;
  }
  value = input.container_port;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > 65535) return undefined;
    output.container_port = value;
    known += 1;
  }
  value = input.health_check_grace_seconds;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > 2147483) return undefined;
    output.health_check_grace_seconds = value;
    known += 1;
  } else output.health_check_grace_seconds = 60;
  value = input.url;
  if (value !== undefined) {
    if (typeof value !== 'string' || value.length > 2048 || !isUrl(value)) return undefined;
    output.url = value;
    known += 1;
  }
  return countKeys(input) === known ? output : undefined;
}

function toEcsConfigServiceRegistry(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  let known = 1;
  value = input.registry_arn;
  if (typeof value !== 'string' || !pattern16.test(value)) return undefined;
  output.registry_arn = value;
  value = input.container_name;
  if (value !== undefined) {
    if (typeof value !== 'string' || value.length > 63) return undefined;
    output.container_name = value;
    known += 1;
  }
  value = input.container_port;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > 65535) return undefined;
    output.container_port = value;
    known += 1;
  }
  value = input.dns_name;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern17.test(value)) return undefined;
    output.dns_name = value;
    known += 1;
  }
  return countKeys(input) === known ? output : undefined;
}

function toEcsConfigServiceConnect(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  const value: unknown = input.namespace;
  if (typeof value !== 'string' || !pattern17.test(value)) return undefined;
  output.namespace = value;
  return countKeys(input) === 1 ? output : undefined;
}

function toEcsConfigAllowTaskRoleArns(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input) || input.length > 100) return undefined;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    if (typeof value !== 'string' || value.length < 1 || value.length > 2048) return undefined;
    output[index] = value;
  }
  return output;
}

function toEcsConfigAllow(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  let known = 0;
  value = input.task_role_arns;
  if (value !== undefined) {
    output.task_role_arns = toEcsConfigAllowTaskRoleArns(value);
    if (output.task_role_arns === undefined) return undefined;
    known += 1;
  } else output.task_role_arns = [];
  value = input.task_definition_arns;
  if (value !== undefined) {
    output.task_definition_arns = toEcsConfigAllowTaskRoleArns(value);
    if (output.task_definition_arns === undefined) return undefined;
    known += 1;
  } else output.task_definition_arns = [];
  value = input.target_group_arns;
  if (value !== undefined) {
    output.target_group_arns = toEcsConfigAllowTaskRoleArns(value);
    if (output.target_group_arns === undefined) return undefined;
    known += 1;
  } else output.target_group_arns = [];
  value = input.service_registry_arns;
  if (value !== undefined) {
    output.service_registry_arns = toEcsConfigAllowTaskRoleArns(value);
    if (output.service_registry_arns === undefined) return undefined;
    known += 1;
  } else output.service_registry_arns = [];
  value = input.subnets;
  if (value !== undefined) {
    output.subnets = toEcsConfigAllowTaskRoleArns(value);
    if (output.subnets === undefined) return undefined;
    known += 1;
  } else output.subnets = [];
  value = input.security_groups;
  if (value !== undefined) {
    output.security_groups = toEcsConfigAllowTaskRoleArns(value);
    if (output.security_groups === undefined) return undefined;
    known += 1;
  } else output.security_groups = [];
  value = input.secrets;
  if (value !== undefined) {
    output.secrets = toEcsConfigAllowTaskRoleArns(value);
    if (output.secrets === undefined) return undefined;
    known += 1;
  } else output.secrets = ["berth/{tenant_id}/*","/berth/{tenant_id}/*"];
  value = input.public_ip;
  if (value !== undefined) {
    if (typeof value !== 'boolean') return undefined;
    output.public_ip = value;
    known += 1;
  } else output.public_ip = true;
  value = input.desired_count;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > 5000) return undefined;
    output.desired_count = value;
    known += 1;
  } else output.desired_count = 10;
  return countKeys(input) === known ? output : undefined;
}

function toEcsConfig(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  let known = 2;
  value = input.cluster_arn;
  if (typeof value !== 'string' || !isClusterArn(value)) return undefined;
  output.cluster_arn = value;
  value = input.region;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
    output.region = value;
    known += 1;
  }
  value = input.subnets;
  output.subnets = toEcsConfigSubnets(value);
  if (output.subnets === undefined) return undefined;
  value = input.security_groups;
  if (value !== undefined) {
    output.security_groups = toEcsConfigSecurityGroups(value);
    if (output.security_groups === undefined) return undefined;
    known += 1;
  } else output.security_groups = [];
  value = input.assign_public_ip;
  if (value !== undefined) {
    if (typeof value !== 'boolean') return undefined;
    output.assign_public_ip = value;
    known += 1;
  } else output.assign_public_ip = false;
  value = input.execution_role_arn;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern4.test(value)) return undefined;
    output.execution_role_arn = value;
    known += 1;
  }
  value = input.task_role_arn;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern4.test(value)) return undefined;
    output.task_role_arn = value;
    known += 1;
  }
  value = input.launch_type;
  if (value !== undefined) {
    if (value !== "FARGATE" && value !== "EC2") return undefined;
    output.launch_type = value;
    known += 1;
  }
  value = input.capacity_providers;
  if (value !== undefined) {
    output.capacity_providers = toEcsConfigCapacityProviders(value);
    if (output.capacity_providers === undefined) return undefined;
    known += 1;
  }
  value = input.platform_version;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern6.test(value)) return undefined;
    output.platform_version = value;
    known += 1;
  }
  value = input.cpu_architecture;
  if (value !== undefined) {
    if (value !== "X86_64" && value !== "ARM64") return undefined;
    output.cpu_architecture = value;
    known += 1;
  } else output.cpu_architecture = "X86_64";
  value = input.desired_count;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > 5000) return undefined;
    output.desired_count = value;
    known += 1;
  } else output.desired_count = 1;
  value = input.health_check_start_seconds;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > 300) return undefined;
    output.health_check_start_seconds = value;
    known += 1;
  } else output.health_check_start_seconds = 0;
  value = input.log_group;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern7.test(value)) return undefined;
    output.log_group = value;
    known += 1;
  }
  value = input.service_name_prefix;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern8.test(value)) return undefined;
    output.service_name_prefix = value;
    known += 1;
  }
  value = input.assume_role;
  if (value !== undefined) {
    output.assume_role = toEcsConfigAssumeRole(value);
    if (output.assume_role === undefined) return undefined;
    known += 1;
  }
  value = input.task_definition_arn;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern11.test(value)) return undefined;
    output.task_definition_arn = value;
    known += 1;
  }
  value = input.allowed_registries;
  if (value !== undefined) {
    output.allowed_registries = toEcsConfigAllowedRegistries(value);
    if (output.allowed_registries === undefined) return undefined;
    known += 1;
  }
  value = input.tags;
  if (value !== undefined) {
    output.tags = toEcsConfigTags(value);
    if (output.tags === undefined) return undefined;
    known += 1;
  } else output.tags = {};
  value = input.load_balancer;
  if (value !== undefined) {
    output.load_balancer = toEcsConfigLoadBalancer(value);
    if (output.load_balancer === undefined) return undefined;
    known += 1;
  }
  value = input.service_registry;
  if (value !== undefined) {
    output.service_registry = toEcsConfigServiceRegistry(value);
    if (output.service_registry === undefined) return undefined;
    known += 1;
  }
  value = input.service_connect;
  if (value !== undefined) {
    output.service_connect = toEcsConfigServiceConnect(value);
    if (output.service_connect === undefined) return undefined;
    known += 1;
  }
  value = input.rollout_timeout_seconds;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 60 || value > 86400) return undefined;
    output.rollout_timeout_seconds = value;
    known += 1;
  } else output.rollout_timeout_seconds = 900;
  value = input.destroy_wait_seconds;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > 60) return undefined;
    output.destroy_wait_seconds = value;
    known += 1;
  } else output.destroy_wait_seconds = 5;
  value = input.revisions_kept;
  if (value !== undefined) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > 20) return undefined;
    output.revisions_kept = value;
    known += 1;
  } else output.revisions_kept = 3;
  value = input.allow;
  if (value !== undefined) {
    output.allow = toEcsConfigAllow(value);
    if (output.allow === undefined) return undefined;
    known += 1;
  } else output.allow = {"task_role_arns":[],"task_definition_arns":[],"target_group_arns":[],"service_registry_arns":[],"subnets":[],"security_groups":[],"secrets":["berth/{tenant_id}/*","/berth/{tenant_id}/*"],"public_ip":true,"desired_count":10};
  if (!agreesOnRegion(output as Parameters<typeof agreesOnRegion>[0])) return undefined;
  if (!choosesOneLaunch(output as Parameters<typeof choosesOneLaunch>[0])) return undefined;
  if (!agreesOnFargate(output as Parameters<typeof agreesOnFargate>[0])) return undefined;
  return countKeys(input) === known ? output : undefined;
}

export const ecsConfigShape: Shape<typeof EcsConfig> = {
  accept: (input) => toEcsConfig(input) as z.output<typeof EcsConfig> | undefined,
  schema: async () => (await import('./config.ts')).EcsConfig,
};
