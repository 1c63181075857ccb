import { providerSuite } from '../../conformance/provider-suite.ts';
import { ecsSubject } from './ecs-subject.ts';

providerSuite('ECS', ecsSubject());
