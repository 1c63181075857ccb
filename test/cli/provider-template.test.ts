// The tests of the template, which are also those of a package that `berth provider init` makes.
import '../../src/cli/provider-template/test/conformance.test.ts';
import '../../src/cli/provider-template/test/mapping.test.ts';
