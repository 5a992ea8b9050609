// Findings: what a checker, a fault or a misuse of the API has to say. A test takes them by standinTakeReport.
#pragma once
#include "common.h"

namespace standin {

// Adds a finding. Findings of one `key` (kind and place) are told once and counted.
void report(const std::string& key, const std::string& text);

inline void report(const std::string& text) { report(text, text); }

// Whether a finding of this key is there already, so that its text need not be made (a source line costs a process).
bool countKnownReport(const std::string& key);

// The number of distinct findings and their text, one a line; forgets them.
int takeReport(std::string& text);

} // namespace standin
