#include "nvrtc_options.h"

#include <algorithm>
#include <cstdlib>

namespace standin {

namespace {

// Options without effect here, as NVRTC spells them.
// clang-format off
const char* const ignoredFlags[] = {
    "-lineinfo", "--generate-line-info", "-G", "--device-debug", "-default-device", "--device-as-default-execution-space",
    "-rdc", "-dc", "--device-c", "-dw", "--device-w", "-minimal", "--minimal", "-restrict", "--restrict", "-w", "--disable-warnings",
    "-extra-device-vectorization", "--extra-device-vectorization", "-ewp", "--extensible-whole-program", "-dopt", "-no-source-include",
    "--no-source-include", "-time", "--display-error-number", "--no-display-error-number",
};
// Options whose value has no effect here; given as NAME=value or NAME value.
const char* const ignoredValues[] = {
    "-maxrregcount", "--maxrregcount", "-Xptxas", "--ptxas-options", "-ftz", "--ftz", "-prec-sqrt", "--prec-sqrt", "-prec-div", "--prec-div",
    "--dopt", "--relocatable-device-code", "--diag-suppress", "-diag-suppress", "--diag-warn", "-diag-warn", "--diag-error", "-diag-error",
    "--split-compile", "-split-compile", "--builtin-move-forward", "--builtin-initializer-list",
};
// clang-format on

template <class List> bool contains(const List& list, const std::string& name) {
    return std::any_of(std::begin(list), std::end(list), [&](const char* known) { return name == known; });
}

// One option with its value, which may follow in the next string.
class OptionReader {
public:
    OptionReader(int count, const char* const* options) : count_(count), options_(options) {}

    bool next() {
        if (at_ == count_) return false;
        text_ = options_[at_++];
        const auto equals = text_.find('=');
        name_ = text_.substr(0, equals);
        hasValue_ = equals != std::string::npos;
        value_ = hasValue_ ? text_.substr(equals + 1) : "";
        return true;
    }

    const std::string& text() const { return text_; }
    const std::string& name() const { return name_; }
    bool bare() const { return !hasValue_; }

    const std::string& value() {
        if (!hasValue_ && at_ < count_) value_ = options_[at_++];
        return value_;
    }

    // -DNAME, -D NAME, --define-macro=NAME: what follows the letter.
    bool attached(const char* letter, const char* longName, std::string& argument) {
        if (name_ == longName) {
            argument = value();
            return true;
        }
        if (text_.compare(0, 2, letter) != 0) return false;
        argument = text_.size() > 2 ? text_.substr(2) : at_ < count_ ? options_[at_++] : "";
        return true;
    }

private:
    int count_, at_ = 0;
    const char* const* options_;
    std::string text_, name_, value_;
    bool hasValue_ = false;
};

bool parseArchitecture(const std::string& value, CompileOptions& result, std::string& error) {
    const auto underscore = value.find('_');
    const std::string kind = value.substr(0, underscore);
    const int number = underscore == std::string::npos ? 0 : std::atoi(value.c_str() + underscore + 1);
    const auto& known = supportedArchitectures();
    if ((kind != "sm" && kind != "compute") || std::find(known.begin(), known.end(), number) == known.end()) {
        error = "nvrtc: error: invalid value for --gpu-architecture (-arch): " + value + "\n";
        return false;
    }
    result.architecture = number;
    result.machineCode = kind == "sm";
    return true;
}

bool parseBoolean(const std::string& option, const std::string& value, bool& result, std::string& error) {
    if (value == "true" || value == "false") {
        result = value == "true";
        return true;
    }
    error = "nvrtc: error: " + option + " takes true or false, not '" + value + "'\n";
    return false;
}

bool parseStandard(const std::string& value, CompileOptions& result, std::string& error) {
    for (const char* known : {"c++03", "c++11", "c++14", "c++17", "c++20"})
        if (value == known) {
            result.standard = value == "c++20" ? "c++20" : "c++17";
            return true;
        }
    error = "nvrtc: error: invalid value for --std: " + value + "\n";
    return false;
}

} // namespace

const std::vector<int>& supportedArchitectures() {
    static const auto& list = *new std::vector<int>{50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90};
    return list;
}

bool parseOptions(int count, const char* const* options, CompileOptions& result, std::string& error) {
    OptionReader reader(count, options);
    while (reader.next()) {
        const std::string& name = reader.name();
        std::string argument;
        if (reader.attached("-D", "--define-macro", argument))
            result.preprocessor.push_back("-D" + argument);
        else if (reader.attached("-U", "--undefine-macro", argument))
            result.preprocessor.push_back("-U" + argument);
        else if (reader.attached("-I", "--include-path", argument))
            result.preprocessor.push_back("-I" + argument);
        else if (name == "-arch" || name == "--gpu-architecture") {
            if (!parseArchitecture(reader.value(), result, error)) return false;
        } else if (name == "-std" || name == "--std") {
            if (!parseStandard(reader.value(), result, error)) return false;
        } else if (name == "-fmad" || name == "--fmad") {
            if (!parseBoolean(name, reader.value(), result.contract, error)) return false;
        } else if (name == "-use_fast_math" || name == "--use_fast_math") {
            result.fastMath = true;
        } else if (reader.bare() && contains(ignoredFlags, name)) {
        } else if (contains(ignoredValues, name)) {
            reader.value();
        } else {
            error = "nvrtc: error: unrecognized option " + reader.text() + "\n";
            return false;
        }
    }
    return true;
}

} // namespace standin
