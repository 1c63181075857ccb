// The tests of the example, which are also those of a package that `berth provider init` makes.
import '../../examples/provider/test/conformance.test.ts';
import '../../examples/provider/test/mapping.test.ts';
