/**
 * Parses a query, by recursive descent. Never uses the graph: the evaluator checks whether a label exists.
 *
 *     expression = operand { ( "+" | "union" | "^" | "intersect" | "-" | "except" ) operand }
 *     operand    = "(" expression ")"
 *                | "let" NAME "=" expression "in" expression
 *                | "set" "(" { word } ")"
 *                | FUNCTION "(" argument { "," argument } ")"
 *                | "$" NAME
 *                | word
 */
import type { Result } from '../../util/result.ts';
import { nearest } from '../../util/suggest.ts';
import { bindArguments } from './arguments.ts';
import { lex, type Sign, type Token } from './query-lexer.ts';
import { attempt, type Span, syntaxProblem } from './query-problem.ts';
import type { Chain, Expression, Operator, Pattern, Variable } from './query-syntax.ts';
import { FUNCTION_NAMES, isFunctionName } from './signatures.ts';

/** Far deeper than any written query, and far below the limit of the call stack. */
const MAX_DEPTH = 200;

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['+', 'union'],
  ['union', 'union'],
  ['^', 'intersect'],
  ['intersect', 'intersect'],
  ['-', 'except'],
  ['except', 'except'],
]);
/** These words are labels only if they are quoted. */
const RESERVED: ReadonlySet<string> = new Set(['let', 'in', 'set', 'union', 'intersect', 'except']);
const NAME = /^[A-Za-z_]\w*$/;

export function parseQuery(text: string): Result<Expression> {
  return attempt(text, () => {
    const parser = new Parser(lex(text));
    const expression = parser.expression();
    parser.end();
    return expression;
  });
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  expression(): Expression {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH)
      throw syntaxProblem(this.#token.at, `The query is nested deeper than ${MAX_DEPTH} levels`);
    const first = this.#operand();
    const rest: Chain['rest'][number][] = [];
    for (let operator = this.#operator(); operator !== undefined; operator = this.#operator()) {
      this.#next += 1;
      rest.push({ operator, operand: this.#operand() });
    }
    this.#depth -= 1;
    return rest.length === 0 ? first : { type: 'chain', first, rest, at: this.#from(first.at) };
  }

  end(): void {
    const token = this.#token;
    if (token.type === 'end') return;
    const hint = token.type === 'sign' ? undefined : 'join two sets with + (union), ^ (intersect) or - (except)';
    throw syntaxProblem(token.at, `Expected an operator or the end of the query, not ${shown(token)}`, hint);
  }

  get #token(): Token {
    return this.#tokens[this.#next] ?? { type: 'end', at: { start: 0, end: 0 } };
  }

  #operator(): Operator | undefined {
    const token = this.#token;
    if (token.type === 'sign') return OPERATORS.get(token.sign);
    return token.type === 'word' && !token.quoted ? OPERATORS.get(token.text) : undefined;
  }

  #operand(): Expression {
    const token = this.#token;
    if (token.type === 'sign' && token.sign === '(') {
      this.#next += 1;
      const inner = this.expression();
      this.#close(token.at);
      return inner;
    }
    if (token.type !== 'word') throw this.#noExpression(token);
    if (token.quoted) return this.#word();
    const next = this.#tokens[this.#next + 1];
    const called = next?.type === 'sign' && next.sign === '(';
    if (token.text === 'let') return this.#let(token.at);
    if (token.text === 'set' && called) return this.#set(token.at);
    if (called) return this.#call(token.text, token.at);
    if (token.text === 'set')
      throw syntaxProblem(token.at, '`set` requires words in parentheses', 'write set(//a //b)');
    return this.#word();
  }

  #word(): Pattern | Variable {
    const token = this.#token;
    if (token.type !== 'word' || (!token.quoted && RESERVED.has(token.text))) throw this.#noExpression(token);
    this.#next += 1;
    const { text, at } = token;
    if (token.quoted || !text.startsWith('$')) return { type: 'pattern', text, at };
    const name = text.slice(1);
    if (!NAME.test(name))
      throw syntaxProblem(at, `Invalid variable name: ${text}`, 'write $ and a word of letters, digits and _');
    return { type: 'variable', name, at };
  }

  #let(start: Span): Expression {
    this.#next += 1;
    const token = this.#token;
    if (token.type !== 'word' || token.quoted || !NAME.test(token.text) || RESERVED.has(token.text))
      throw syntaxProblem(
        token.at,
        `Expected a name after \`let\`, not ${shown(token)}`,
        'write let NAME = EXPRESSION in EXPRESSION',
      );
    this.#next += 1;
    this.#sign('=', `Expected = after let ${token.text}`);
    const value = this.expression();
    const after = this.#token;
    if (after.type !== 'word' || after.quoted || after.text !== 'in')
      throw syntaxProblem(after.at, `Expected \`in\` after let ${token.text} = …, not ${shown(after)}`);
    this.#next += 1;
    const body = this.expression();
    return { type: 'let', name: token.text, value, body, at: this.#from(start) };
  }

  #set(start: Span): Expression {
    this.#next += 1;
    const open = this.#token.at;
    this.#next += 1;
    const items: (Pattern | Variable)[] = [];
    while (this.#token.type === 'word') items.push(this.#word());
    if (this.#token.type === 'sign' && this.#token.sign === ',')
      throw syntaxProblem(
        this.#token.at,
        'The words of a set are separated by spaces, not by commas',
        'write set(//a //b)',
      );
    this.#close(open);
    return { type: 'set', items, at: this.#from(start) };
  }

  #call(name: string, start: Span): Expression {
    if (!isFunctionName(name)) {
      const [near] = nearest(name, FUNCTION_NAMES, 1);
      const hint = near === undefined ? `use one of ${FUNCTION_NAMES.join(', ')}` : `did you mean ${near}?`;
      throw syntaxProblem(start, `Unknown function: ${name}`, hint);
    }
    this.#next += 1;
    const open = this.#token.at;
    this.#next += 1;
    const written: Expression[] = [];
    if (!(this.#token.type === 'sign' && this.#token.sign === ')')) {
      written.push(this.expression());
      while (this.#token.type === 'sign' && this.#token.sign === ',') {
        this.#next += 1;
        written.push(this.expression());
      }
    }
    this.#close(open);
    const at = this.#from(start);
    return { type: 'call', name, given: bindArguments(name, written, at), at };
  }

  #close(open: Span): void {
    const token = this.#token;
    const hint = token.type === 'sign' && token.sign === '=' ? 'quote a word that contains =' : undefined;
    this.#sign(')', `Expected ) for the ( at column ${open.start + 1}`, hint);
  }

  #sign(sign: Sign, what: string, hint?: string): void {
    const token = this.#token;
    if (token.type !== 'sign' || token.sign !== sign)
      throw syntaxProblem(token.at, `${what}, not ${shown(token)}`, hint);
    this.#next += 1;
  }

  #noExpression(token: Token): Error {
    const regex = token.type === 'sign' && token.sign === '^';
    const nothing = token.type === 'end' && this.#next === 0;
    const hint = regex
      ? 'quote a regular expression: "^//aws"'
      : nothing
        ? 'write deps(//aws/x86_64/uefi/tiny)'
        : undefined;
    return syntaxProblem(token.at, `Expected a label, a function or (, not ${shown(token)}`, hint);
  }

  /** From the given start to the end of the last token that was read. */
  #from(start: Span): Span {
    return { start: start.start, end: this.#tokens[this.#next - 1]?.at.end ?? start.end };
  }
}

function shown(token: Token): string {
  switch (token.type) {
    case 'word':
      return token.text === '' ? 'an empty word' : token.text;
    case 'sign':
      return token.sign;
    case 'end':
      return 'the end';
  }
}
