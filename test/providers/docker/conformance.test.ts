import { providerSuite } from '../../conformance/provider-suite.ts';
import { dockerSubject } from './docker-subject.ts';
import { engineSuite, warnIfSkipped } from './on-engine/engine-suite.ts';

warnIfSkipped();

// The other half of the rules is in conformance-other-half.test.ts: two workers share the time that containers take to stop.
engineSuite('on a real engine', () => {
  providerSuite('docker', dockerSubject, (_rule, index) => index % 2 === 0);
});
