import * as z from 'zod';
import { InvalidSpecError } from '../../src/compute/errors.ts';
import type { Provider } from '../../src/compute/provider.ts';
import { registryIssues } from '../../src/compute/image-registries.ts';
import type { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import { MemoryConfig } from '../../src/providers/memory/config.ts';

/** The memory provider with `allowed_registries`, so that there is an honest provider for the rule about them. */
export function withRegistries(honest: Provider, allowed: readonly string[] | undefined): Provider {
  const check = (spec: TenantComputeSpec) => {
    const issues = registryIssues(spec.containers, allowed);
    if (issues.length > 0) throw new InvalidSpecError(issues);
  };
  const allowed_registries = z.array(z.string()).optional().describe('Where images may come from. Operator only');
  return {
    ...honest,
    configSchema: MemoryConfig.extend({ allowed_registries }),
    async validate(spec, call) {
      const answer = await honest.validate(spec, call); // which refuses the setting itself
      check(spec);
      return answer;
    },
    async provision(spec, call) {
      check(spec);
      return honest.provision(spec, call);
    },
    async update(tenantId, spec, call) {
      check(spec);
      return honest.update(tenantId, spec, call);
    },
  };
}
