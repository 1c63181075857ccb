import * as z from 'zod';
import { InvalidSpecError } from '../../../src/compute/errors.ts';
import { type Saboteur, withoutUnknown } from './saboteur.ts';

export const configSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'the name and the capabilities are valid',
    sabotage: () => ({ capabilities: { health_checks: ['ping' as 'http'] } }),
  },
  {
    breaks: 'the configuration schema converts to JSON Schema, describes every setting and refuses unknown ones',
    sabotage: () => ({ configSchema: z.looseObject({ size: z.number() }) }),
  },
  {
    breaks: 'validate accepts a specification that can run, without side effects',
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
    breaks: 'validate warns of each optional field that the provider ignores, and of none that it honours',
    sabotage: (honest) => ({
      async validate(spec, call) {
        await honest.validate(spec, call);
        return { warnings: [] };
      },
    }),
  },
  {
    breaks: 'provision refuses a specification that breaks a rule of the provider, and creates nothing',
    sabotage: (honest) => ({ provision: (spec, call) => honest.provision(withoutUnknown(spec), call) }),
  },
  {
    breaks: 'update refuses a specification that breaks a rule of the provider, and changes nothing',
    sabotage: (honest) => ({
      update: (tenantId, spec, call) => honest.update(tenantId, withoutUnknown(spec), call),
    }),
  },
  {
    breaks: 'validate accepts exactly the types of health checks that the capabilities list',
    sabotage: (honest) => ({ capabilities: { ...honest.capabilities, health_checks: ['exec'] } }),
  },
  {
    breaks: 'validate refuses a secret whose source the capabilities do not list',
    sabotage: (honest) => ({ validate: ({ secrets: _, ...spec }, call) => honest.validate(spec, call) }),
  },
  {
    breaks:
      'if allowed_registries is set, images of other registries are refused, and a specification cannot change it',
    // It accepts registries whose names merely begin like an allowed one.
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
  {
    breaks: 'instances with the same settings are at the same place, and every tenant is there',
    sabotage(_honest, { memo }) {
      memo.set('instances', Number(memo.get('instances') ?? 0) + 1);
      const place = { identity: { instance: String(memo.get('instances')) } };
      return { place: () => place };
    },
  },
];
