#include "kernel_text.h"

#include <cctype>
#include <map>

namespace standin {

namespace {

// As cuda_shim.h spells them.
const std::string sharedMarker = "static __attribute__((__standin_shared__))";
const std::string kernelMarker = "__standin_kernel__";
const std::string boundMarker = "__standin_bounds__";

bool isWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

std::size_t skipBack(const std::string& text, std::size_t at) {
    while (at > 0 && std::isspace(static_cast<unsigned char>(text[at - 1]))) --at;
    return at;
}

// The end of the space, of the line markers too, that begins at `at`.
std::size_t skipSpace(const std::string& text, std::size_t at) {
    for (; at < text.size(); ++at) {
        if (text[at] == '#' && at > 0 && text[at - 1] == '\n')
            at = text.find('\n', at);
        else if (!std::isspace(static_cast<unsigned char>(text[at])))
            return at;
    }
    return at;
}

bool endsWithWord(const std::string& text, std::size_t end, const std::string& word) {
    return end >= word.size() && text.compare(end - word.size(), word.size(), word) == 0
        && (end == word.size() || !isWordCharacter(text[end - word.size() - 1]));
}

// Behind the parenthesis that closes the one at `at`.
std::size_t skipParentheses(const std::string& text, std::size_t at) {
    for (int depth = 0; at < text.size(); ++at) {
        depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
        if (depth == 0) return at + 1;
    }
    return at;
}

// "((N))" of "((__standin_bounds__((N))))", or "".
std::string boundIn(const std::string& attribute) {
    const std::size_t at = attribute.find(boundMarker);
    if (at == std::string::npos) return "";
    const std::size_t begin = at + boundMarker.size();
    return attribute.substr(begin, skipParentheses(attribute, begin) - begin);
}

// The word before the parenthesis that opens the parameter list, from behind the kernel's attribute, and the launch bound of an
// attribute on the way; no name when something else than words and attributes comes first.
KernelHead headBehind(const std::string& text, std::size_t at) {
    KernelHead head;
    for (at = skipSpace(text, at); at < text.size(); at = skipSpace(text, at)) {
        if (text[at] == '(' && head.name != "__attribute__") return head;
        if (text[at] == '(') {
            const std::size_t end = skipParentheses(text, at);
            head.bound = boundIn(text.substr(at, end - at));
            at = end;
            continue;
        }
        if (!isWordCharacter(text[at])) return {};
        const std::size_t begin = at;
        while (at < text.size() && isWordCharacter(text[at])) ++at;
        head.name = text.substr(begin, at - begin);
    }
    return {};
}

} // namespace

std::string bindDynamicShared(const std::string& text) {
    std::string result;
    std::size_t done = 0;
    for (std::size_t at = text.find(sharedMarker); at != std::string::npos; at = text.find(sharedMarker, at + 1)) {
        if (!endsWithWord(text, skipBack(text, at), "extern")) continue;
        const std::size_t end = text.find(';', at);
        if (end == std::string::npos) break;
        const std::size_t rest = at + sharedMarker.size();
        result += text.substr(done, at - done) + text.substr(rest, end - rest)
                + " __asm__(\"__standin_dynamic_shared\") __attribute__((visibility(\"hidden\")))";
        done = end;
    }
    return result + text.substr(done);
}

std::vector<KernelHead> findKernels(const std::string& text) {
    std::map<std::string, KernelHead> heads;
    for (std::size_t at = text.find(kernelMarker); at != std::string::npos; at = text.find(kernelMarker, at + 1)) {
        const std::size_t attribute = text.rfind("__attribute__", at);
        const std::size_t before = skipBack(text, attribute);
        if (before > 0 && text[before - 1] == '>') continue; // template <...> __global__
        const std::size_t behind = text.find("))", at);
        const KernelHead head = behind == std::string::npos ? KernelHead() : headBehind(text, behind + 2);
        if (!head.name.empty() && (heads[head.name].name.empty() || !head.bound.empty())) heads[head.name] = head;
    }
    std::vector<KernelHead> result;
    for (const auto& [name, head] : heads) result.push_back(head);
    return result;
}

std::string entryPoints(const std::vector<KernelHead>& kernels) {
    std::string text = R"(
# 1 "entry points of the stand-in"
extern "C" {
extern char __standin_shared_first[] __attribute__((visibility("hidden")));
extern char __standin_shared_last[] __attribute__((visibility("hidden")));
extern char __standin_dynamic_shared[] __attribute__((visibility("hidden")));
#pragma GCC visibility push(default)
const void* __standin_context_at = &__standin_context;
char* __standin_shared_begin = __standin_shared_first;
char* __standin_shared_end = __standin_shared_last;
char* __standin_dynamic_at = __standin_dynamic_shared;
)";
    for (const auto& [name, bound] : kernels) {
        const std::string call = "__standin_call<decltype(&" + name + ")>";
        // The arguments themselves lie in host memory: reading them is not an access of the kernel.
        text += "__attribute__((no_sanitize(\"thread\"))) void __standin_call_" + name + "(void** arguments) { " + call
              + "::run(&" + name + ", arguments); }\n";
        text += "int __standin_count_" + name + " = " + call + "::count;\n";
        text += "int __standin_threads_" + name + " = " + (bound.empty() ? "1024" : bound) + ";\n";
        // What NVRTC before 12.1 and cards before 7.0 take.
        text += "static_assert(" + call + "::bytes() <= 4096, \"formal parameter space overflowed: 4096 bytes are the most\");\n";
        text += "const int* __standin_sizes_" + name + " = " + call + "::sizes;\n";
    }
    return text + "#pragma GCC visibility pop\n}\n";
}

} // namespace standin
