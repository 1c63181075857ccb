import { providerSuite } from '../../conformance/provider-suite.ts';
import { dockerSubject } from './docker-subject.ts';
import { engineSuite } from './on-engine/engine-suite.ts';

engineSuite('on a real engine', () => {
  providerSuite('docker', dockerSubject, (_rule, index) => index % 2 === 1);
});
