import { providerSuite } from 'berth/conformance';
import { memorySubject } from './memory-subject.ts';

providerSuite('memory', memorySubject());
