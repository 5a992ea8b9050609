// Turns a processor fault of a kernel or a copy (a guard page, a division by zero) into a finding.
#pragma once
#include "common.h"

#include <functional>

namespace standin {

// Runs `work`. False if it faulted; it was left at the fault then, and a finding tells where: `where()` begins its text.
bool runGuarded(const std::function<void()>& work, const std::function<std::string()>& where);

} // namespace standin
