// The tests of the example, which it also runs as a package of its own.
import '../../examples/provider/test/conformance.test.ts';
import '../../examples/provider/test/failures.test.ts';
import '../../examples/provider/test/mapping.test.ts';
