#include "config.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace standin {

namespace {

bool parseNumber(const std::string& text, u64& value) {
    char* end = nullptr;
    value = std::strtoull(text.c_str(), &end, 0);
    return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) && *end == 0;
}

bool parseFlag(const std::string& text, bool& value) {
    if (text != "0" && text != "1") return false;
    value = text == "1";
    return true;
}

bool parseMode(const std::string& text, bool& check) {
    if (text != "plain" && text != "check") return false;
    check = text == "check";
    return true;
}

bool parseOrder(const std::string& text, Config& target) {
    const auto colon = text.find(':');
    const auto name = text.substr(0, colon);
    if (name == "forward")
        target.order = Order::Forward;
    else if (name == "reverse")
        target.order = Order::Reverse;
    else if (name == "shuffle")
        target.order = Order::Shuffle;
    else
        return false;
    if (colon == std::string::npos) return true;
    return target.order == Order::Shuffle && parseNumber(text.substr(colon + 1), target.seed);
}

bool parseWorkers(const std::string& text, int& workers) {
    u64 value;
    if (!parseNumber(text, value) || value < 1 || value > 16) return false;
    workers = static_cast<int>(value);
    return true;
}

bool parseCompiler(const std::string& text, int& minor) {
    if (text.size() != 4 || text.compare(0, 3, "12.") != 0 || !std::isdigit(static_cast<unsigned char>(text[3]))) return false;
    minor = text[3] - '0';
    return true;
}

bool applyOne(Config& target, const std::string& key, const std::string& value) {
    if (key == "mode") return parseMode(value, target.check);
    if (key == "order") return parseOrder(value, target);
    if (key == "lazy") return parseFlag(value, target.lazy);
    if (key == "optimize") return parseFlag(value, target.optimize);
    if (key == "verify") return parseFlag(value, target.verify);
    if (key == "conditional") return parseFlag(value, target.conditional);
    if (key == "freshcontext") return parseFlag(value, target.freshContext);
    if (key == "shared") return parseNumber(value, target.shared) && target.shared <= defaultSharedBytes;
    if (key == "body") return parseNumber(value, target.body);
    if (key == "nvrtc") return parseCompiler(value, target.nvrtc);
    if (key == "record") return parseFlag(value, target.record);
    if (key == "workers") return parseWorkers(value, target.workers);
    if (key == "pinned") return parseNumber(value, target.pinned);
    if (key == "memory") return parseNumber(value, target.memory) && target.memory > 0;
    return false;
}

Config fromEnvironment() {
    Config result;
    result.workers = std::min(4, std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
    for (const char* key : {"mode", "order", "lazy", "optimize", "verify", "conditional", "body", "nvrtc", "freshcontext", "shared", "record", "workers", "memory", "pinned"}) {
        std::string name = "POSE_STANDIN_";
        for (const char* c = key; *c; ++c) name += static_cast<char>(std::toupper(*c));
        const char* value = std::getenv(name.c_str());
        if (value == nullptr || *value == 0 || applyOne(result, key, value)) continue;
        std::fprintf(stderr, "cuda stand-in: %s=%s is not understood and is ignored; see its README\n", name.c_str(), value);
    }
    if (const char* compiler = std::getenv("POSE_STANDIN_CXX"); compiler != nullptr && *compiler) result.compiler = compiler;
    return result;
}

} // namespace

Config& config() {
    static Config& instance = *new Config(fromEnvironment());
    return instance;
}

bool applySettings(Config& target, const std::string& settings, std::string& error) {
    Config next = target;
    for (std::size_t at = 0; at < settings.size();) {
        const auto end = std::min(settings.find(';', at), settings.size());
        const auto item = settings.substr(at, end - at);
        at = end + 1;
        if (item.empty()) continue;
        const auto equals = item.find('=');
        if (equals == std::string::npos || !applyOne(next, item.substr(0, equals), item.substr(equals + 1))) {
            error = "setting '" + item + "' is not understood";
            return false;
        }
    }
    target = next;
    return true;
}

} // namespace standin
