#include "harness.h"
namespace selftest { void memoryCases(){} void streamCases(){} void captureCases(){} void graphCases(){} void blasCases(){} void compilerCases(){} void recordingCases(){} void goodKernels(){} }
