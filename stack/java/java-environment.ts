/** The environment of this process, for Java programs of the stack. */

/** Without the options that a user set for other Java programs: they must not change, or break, these. */
export function javaEnvironment(): NodeJS.ProcessEnv {
  const {
    JAVA_TOOL_OPTIONS: _tool,
    _JAVA_OPTIONS: _options,
    JDK_JAVA_OPTIONS: _jdk,
    CLASSPATH: _path,
    ...rest
  } = process.env;
  return rest;
}
