import * as z from 'zod';
import { InvalidSpecError } from '../../../src/compute/errors.ts';
import { type Saboteur, withoutUnknown } from './saboteur.ts';

export const configSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'the name and the capabilities are of the shape the contract gives them',
    sabotage: () => ({ capabilities: { health_checks: ['ping' as 'http'] } }),
  },
  {
    breaks: 'the configuration schema can be published as JSON Schema, describes every setting and is closed',
    sabotage: () => ({ configSchema: z.looseObject({ size: z.number() }) }),
  },
  {
    breaks: 'validate accepts what can run and has no side effect',
    sabotage: (honest) => ({
      async validate(spec, call) {
        await honest.provision(spec, call);
        return { warnings: [] };
      },
    }),
  },
  {
    breaks: 'validate reports every unknown setting with a pointer into /provider_config',
    sabotage: (honest) => ({
      validate: (spec, call) =>
        honest.validate(spec, call).catch((error) => {
          throw new InvalidSpecError(error.issues.slice(0, 1));
        }),
    }),
  },
  {
    breaks: 'a provision that breaks the rules of the provider is refused and makes nothing',
    sabotage: (honest) => ({ provision: (spec, call) => honest.provision(withoutUnknown(spec), call) }),
  },
  {
    breaks: 'an update that breaks the rules of the provider is refused and changes nothing',
    sabotage: (honest) => ({
      update: (tenantId, spec, call) => honest.update(tenantId, withoutUnknown(spec), call),
    }),
  },
  {
    breaks: 'health checks are accepted exactly where the capabilities say so',
    sabotage: (honest) => ({ capabilities: { ...honest.capabilities, health_checks: ['exec'] } }),
  },
  {
    breaks: 'a secret of a source that the capabilities do not name is refused',
    sabotage: (honest) => ({ validate: ({ secrets: _, ...spec }, call) => honest.validate(spec, call) }),
  },
  {
    breaks:
      'where the operator allows some registries only, images of others are refused, whatever the specification sets',
    // What begins like one that is allowed is not one.
    sabotage: (honest) => ({
      update: (tenantId, spec, call) => {
        const containers = spec.containers.map((container) => ({
          ...container,
          image: container.image.replace('allowed.example.elsewhere:5000', 'allowed.example'),
        }));
        return honest.update(tenantId, { ...spec, containers }, call);
      },
    }),
  },
];
